package io.madeleine.evaluation.retrieval;

import java.io.PrintStream;

/** A line that fills up while one waits. */
final class Progress {

  private static final int WIDTH = 30;

  private final PrintStream out;
  private String what = "";
  private int total = 1;
  private int done;
  private int shown = -1;

  Progress(PrintStream out) {
    this.out = out;
  }

  void begin(String name, int steps) {
    what = name;
    total = Math.max(1, steps);
    done = 0;
    shown = -1;
    step(0);
  }

  void step(int steps) {
    done += steps;
    int filled = Math.min(WIDTH, (int) ((long) done * WIDTH / total));
    if (filled != shown) {
      shown = filled;
      out.printf(
          "\r%-44s [%s%s] %d/%d ",
          what, "#".repeat(filled), " ".repeat(WIDTH - filled), done, total);
      if (done >= total) {
        out.println();
      }
      out.flush();
    }
  }
}
