package io.madeleine.evaluation.retention;

import io.madeleine.evaluation.retention.Workload.Program;
import io.madeleine.evaluation.retention.Workload.Turn;
import java.util.List;

/**
 * A real engine as an arithmetic, fitted to what it took: a call costs something, a token more, and
 * a token behind many others more still.
 *
 * @param read seconds a call, a token, and a token for each token before it
 * @param write the same for tokens that are written; a call is a token
 * @param save seconds a file and a token
 * @param reload seconds a file and a token
 * @param memoryTokens tokens of KV that fit into memory together
 */
record Fitted(Cost read, Cost write, Cost save, Cost reload, int memoryTokens) implements Engine {

  /** Tokens that are read in one call at most. */
  static final int CHUNK = 128;

  /**
   * What something costs in seconds.
   *
   * @param call each time
   * @param token for each token
   * @param depth for each token and each token before it
   */
  record Cost(double call, double token, double depth) {

    double of(int from, int tokens) {
      return call + token * tokens + depth * tokens * (from + tokens / 2.0);
    }

    /** {@return the costs that are nearest to what was measured, by least squares, none below 0} */
    static Cost nearest(List<Measured> measured) {
      double[][] equations = new double[3][4];
      for (Measured one : measured) {
        double[] x = {1, one.tokens, one.tokens * (one.from + one.tokens / 2.0)};
        for (int row = 0; row < 3; row++) {
          for (int column = 0; column < 3; column++) {
            // Relative errors count, so that the short calls are not drowned by the long ones.
            equations[row][column] += x[row] * x[column] / (one.seconds * one.seconds);
          }
          equations[row][3] += x[row] / one.seconds;
        }
      }
      double[] solved = solved(equations);
      return new Cost(Math.max(0, solved[0]), Math.max(0, solved[1]), Math.max(0, solved[2]));
    }

    private static double[] solved(double[][] rows) {
      for (int i = 0; i < 3; i++) {
        rows[i][i] *= 1 + 1e-9; // where one of the three never varied
        for (int below = i + 1; below < 3; below++) {
          double factor = rows[below][i] / rows[i][i];
          for (int column = i; column < 4; column++) {
            rows[below][column] -= factor * rows[i][column];
          }
        }
      }
      var solved = new double[3];
      for (int i = 2; i >= 0; i--) {
        double rest = rows[i][3];
        for (int column = i + 1; column < 3; column++) {
          rest -= rows[i][column] * solved[column];
        }
        solved[i] = rows[i][i] == 0 ? 0 : rest / rows[i][i];
      }
      return solved;
    }
  }

  /**
   * One measurement.
   *
   * @param from tokens before
   * @param tokens of it
   * @param seconds that it took, above 0
   */
  record Measured(int from, int tokens, double seconds) {}

  private double reading(int from, int tokens) {
    double seconds = 0;
    for (int done = 0; done < tokens; done += CHUNK) {
      seconds += read.of(from + done, Math.min(CHUNK, tokens - done));
    }
    return seconds;
  }

  private double writing(int from, int tokens) {
    double seconds = 0;
    for (int i = 0; i < tokens; i++) {
      seconds += write.of(from + i, 1);
    }
    return seconds;
  }

  @Override
  public double prefillSeconds(int tokens) {
    return reading(0, tokens);
  }

  @Override
  public double reloadSeconds(int tokens) {
    return reload.of(0, tokens);
  }

  @Override
  public double serve(Program program, int turn, int context, Place place) {
    Turn now = program.turns().get(turn);
    double back =
        switch (place) {
          case MEMORY -> 0;
          case DISK -> reloadSeconds(context);
          case NOWHERE -> prefillSeconds(context);
        };
    return back
        + reading(context, now.promptTokens())
        + writing(context + now.promptTokens(), now.answerTokens());
  }

  @Override
  public double evict(Program program, int context, boolean toDisk) {
    return toDisk ? save.of(0, context) : 0;
  }

  @Override
  public void finish(Program program) {}

  @Override
  public void close() {}
}
