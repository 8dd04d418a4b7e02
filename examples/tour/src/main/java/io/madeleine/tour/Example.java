package io.madeleine.tour;

import java.io.PrintStream;
import java.nio.file.Path;

/** A short program. */
interface Example {

  /** {@return what one types to run it} */
  String name();

  /** {@return what it shows, in one line} */
  String about();

  /**
   * Runs it.
   *
   * @param data a folder of its own, kept from run to run
   * @param out where it says what it does
   */
  void run(Path data, PrintStream out) throws Exception;
}
