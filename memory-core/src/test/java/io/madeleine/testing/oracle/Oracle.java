package io.madeleine.testing.oracle;

import org.junit.jupiter.api.Assumptions;

/** Says loudly when there is nobody to compare with. */
public final class Oracle {
  private Oracle() {}

  /** Aborts a test, with the reason in its report, on a machine without llama.cpp. */
  public static void assumePresent() {
    LlamaLibrary.missing().ifPresent(Assumptions::abort);
  }
}
