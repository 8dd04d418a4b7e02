package io.madeleine.tour.agent;

import java.io.PrintStream;
import java.nio.file.Path;

/** An agent that runs on any model. */
public interface AgentExample {

  /** {@return what one types to run it} */
  String name();

  /** {@return what it shows, in one line} */
  String about();

  /**
   * Runs it.
   *
   * @param brain the model it talks to
   * @param data a folder of its own
   * @param out where it says what it does
   */
  void run(Brain brain, Path data, PrintStream out) throws Exception;
}
