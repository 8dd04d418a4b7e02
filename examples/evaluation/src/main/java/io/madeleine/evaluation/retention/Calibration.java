package io.madeleine.evaluation.retention;

import io.madeleine.evaluation.retention.Workload.Program;
import io.madeleine.evaluation.retention.Workload.Turn;

/**
 * What the engine can do, as measured or assumed.
 *
 * @param prefillTokensPerSecond reading
 * @param decodeTokensPerSecond writing
 * @param reloadTokensPerSecond bringing a cache back from disk
 * @param memoryTokens tokens of KV that fit into memory together
 */
public record Calibration(
    double prefillTokensPerSecond,
    double decodeTokensPerSecond,
    double reloadTokensPerSecond,
    int memoryTokens)
    implements Engine {

  /** A 1B model on two cores: 60 tokens/s prefill, 8 decode, 15,000 reload; 12,000 tokens fit. */
  public static final Calibration TWO_CORES = new Calibration(60, 8, 15_000, 12_000);

  /** An accelerator: 6,000 tokens/s prefill, 80 decode, 60,000 reload; 12,000 tokens fit. */
  public static final Calibration ACCELERATOR = new Calibration(6_000, 80, 60_000, 12_000);

  @Override
  public double prefillSeconds(int tokens) {
    return tokens / prefillTokensPerSecond;
  }

  double decodeSeconds(int tokens) {
    return tokens / decodeTokensPerSecond;
  }

  @Override
  public double reloadSeconds(int tokens) {
    return tokens / reloadTokensPerSecond;
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
    return back + prefillSeconds(now.promptTokens()) + decodeSeconds(now.answerTokens());
  }

  /** Writing to disk happens beside the computing. */
  @Override
  public double evict(Program program, int context, boolean toDisk) {
    return 0;
  }

  @Override
  public void finish(Program program) {}

  @Override
  public void close() {}
}
