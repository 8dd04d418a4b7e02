package io.madeleine.evaluation.retention;

import io.madeleine.evaluation.retention.Workload.Program;

/** What serves the requests of a replay: an arithmetic, or a model. Times are in seconds. */
interface Engine extends AutoCloseable {

  /** Where the cache of a program is. */
  enum Place {
    NOWHERE,
    MEMORY,
    DISK
  }

  /** {@return tokens of KV that fit into memory together} */
  int memoryTokens();

  /** {@return what reading so many tokens is expected to take} */
  double prefillSeconds(int tokens);

  /** {@return what bringing so many tokens back from disk is expected to take} */
  double reloadSeconds(int tokens);

  /**
   * Brings a program's cache back, reads what its turn brings and writes what it answers.
   *
   * @param turn index of its turn
   * @param context tokens before it
   * @param place where its cache is
   * @return what it took
   */
  double serve(Program program, int turn, int context, Place place);

  /**
   * Takes a program's cache out of memory.
   *
   * @param context tokens in it
   * @return what it took
   */
  double evict(Program program, int context, boolean toDisk);

  /** The program is over. */
  void finish(Program program);

  @Override
  void close();
}
