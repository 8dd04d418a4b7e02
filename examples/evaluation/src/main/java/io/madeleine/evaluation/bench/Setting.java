package io.madeleine.evaluation.bench;

/**
 * What is measured.
 *
 * @param threads that compute
 * @param promptTokens read in one prefill
 * @param decodeTokens produced after it, one by one, and again with all sequences in one pass
 * @param sequences decoded together in the batched test
 * @param rounds measured, after one that is not counted
 */
record Setting(int threads, int promptTokens, int decodeTokens, int sequences, int rounds) {
  /** Tokens of context in front of the batched test. */
  static final int BATCH_PROMPT = 32;

  Setting {
    if (threads < 1 || promptTokens < 1 || decodeTokens < 1 || sequences < 1 || rounds < 1) {
      throw new IllegalArgumentException(
          "threads, prompt, decode, sequences and rounds must be at least 1, but were %d, %d, %d, %d, %d"
              .formatted(threads, promptTokens, decodeTokens, sequences, rounds));
    }
  }

  int contextTokens() {
    return Math.max(promptTokens, BATCH_PROMPT) + decodeTokens;
  }
}
