package io.madeleine.server;

import java.io.PrintStream;
import java.util.Arrays;

/** {@code serve}, {@code doctor}, {@code rehearse} and {@code key}. */
public final class Main {

  private Main() {}

  /** Runs what the first argument names; the others are Spring Boot's. */
  public static void main(String[] arguments) {
    PrintStream out = System.out;
    String command = arguments.length == 0 ? "serve" : arguments[0];
    String[] rest =
        arguments.length == 0 ? arguments : Arrays.copyOfRange(arguments, 1, arguments.length);
    switch (command) {
      case "serve" -> ServerApplication.main(ServeArguments.of(rest));
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
}
