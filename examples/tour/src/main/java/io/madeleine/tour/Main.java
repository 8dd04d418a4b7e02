package io.madeleine.tour;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * {@code ./madeleine examples} lists the short programs, {@code ./madeleine example NAME} runs one.
 */
public final class Main {

  static final List<Example> EXAMPLES =
      List.of(
          new HelloMemory(), new EpisodesReturn(), new AnyModelRemembers(), new SpringExample());

  private Main() {}

  /** Runs what the arguments name. */
  public static void main(String[] arguments) throws Exception {
    PrintStream out = System.out;
    if (arguments.length < 2 || !arguments[0].equals("example")) {
      EXAMPLES.forEach(example -> out.printf("  %-12s %s%n", example.name(), example.about()));
      out.println("Run one with: ./madeleine example NAME");
      return;
    }
    Optional<Example> example =
        EXAMPLES.stream().filter(each -> each.name().equals(arguments[1])).findFirst();
    if (example.isEmpty()) {
      out.printf("There is no example '%s'; './madeleine examples' lists them.%n", arguments[1]);
      System.exit(2);
    }
    Path data = Path.of(System.getProperty("user.home"), ".madeleine", "examples", arguments[1]);
    example.orElseThrow().run(data, out);
  }
}
