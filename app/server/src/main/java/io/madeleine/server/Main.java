package io.madeleine.server;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** {@code serve}, {@code doctor}, {@code rehearse} and {@code key}. */
public final class Main {

  private Main() {}

  /** Runs what the first argument names; the others are Spring Boot's. */
  public static void main(String[] arguments) {
    var out = new PrintStream(System.out, /* autoFlush= */ true, StandardCharsets.UTF_8);
    String command = arguments.length == 0 ? "serve" : arguments[0];
    String[] rest =
        arguments.length == 0 ? arguments : Arrays.copyOfRange(arguments, 1, arguments.length);
    switch (command) {
      case "serve" -> serve(rest, out);
      case "doctor" -> System.exit(Doctor.examine(rest, out));
      case "rehearse" -> System.exit(Rehearsal.run(out));
      case "key" -> System.exit(KeyCommand.make(rest, out));
      default -> {
        out.printf(
            "There is no command '%s' here; there are serve, doctor, rehearse and key.%n", command);
        System.exit(2);
      }
    }
  }

  private static void serve(String[] arguments, PrintStream out) {
    if (Options.askForHelp(arguments)) {
      out.print(ServeArguments.help());
      return;
    }
    String[] properties;
    try {
      properties = ServeArguments.of(arguments);
    } catch (IllegalArgumentException e) {
      out.println(e.getMessage());
      System.exit(2);
      return;
    }
    ServerApplication.main(properties);
  }
}
