package io.madeleine.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Short options for people, Spring Boot's for everything else. */
final class ServeArguments {

  /** A short option, what it takes, the property it stands for, and a line for people. */
  private record Option(String name, String takes, String property, String purpose) {}

  private static final List<Option> OPTIONS =
      List.of(
          new Option(
              "--model",
              "FILE|NAME",
              "madeleine.model",
              "a GGUF file, or a model that was pulled (the toy that comes along)"),
          new Option("--data", "FOLDER", "madeleine.data", "where it remembers (~/.madeleine)"),
          new Option("--port", "N", "server.port", "8080"),
          new Option("--address", "HOST", "server.address", "127.0.0.1: this machine alone"),
          new Option(
              "--keys", "FILE", "madeleine.server.keys", "who may; made by './madeleine key'"),
          new Option("--temperature", "T", "madeleine.server.temperature", "0.7; the toy's is 0"),
          new Option(
              "--embeddings",
              "KIND",
              "madeleine.server.embeddings",
              "bge-small, model or off: what recalls by meaning"),
          new Option(
              "--tenant", "NAME", "madeleine.server.local-tenant", "whose memory without keys"));

  private static final String NO_BROWSER = "--no-browser";

  private ServeArguments() {}

  /**
   * {@return {@code --model FILE} or {@code --model=FILE} as {@code --madeleine.model=FILE}, and so
   * on; the page is opened unless {@code --no-browser} is there}
   *
   * @throws IllegalArgumentException naming an argument that is none of these, or lacks its value
   */
  static String[] of(String[] arguments) {
    List<String> result = new ArrayList<>();
    result.add("--madeleine.server.browse=" + !List.of(arguments).contains(NO_BROWSER));
    for (int i = 0; i < arguments.length; i++) {
      String argument = arguments[i];
      Optional<Option> known =
          OPTIONS.stream().filter(o -> o.name().equals(name(argument))).findFirst();
      if (known.isPresent()) {
        String value =
            argument.contains("=")
                ? behindEquals(known.get(), argument)
                : valueOf(known.get(), arguments, ++i);
        result.add("--%s=%s".formatted(known.get().property(), value));
      } else if (!argument.equals(NO_BROWSER)) {
        result.add(property(argument));
      }
    }
    return result.toArray(String[]::new);
  }

  /** {@return what stands before the first {@code =}; a value may have dots and more of them} */
  private static String name(String argument) {
    int equals = argument.indexOf('=');
    return equals < 0 ? argument : argument.substring(0, equals);
  }

  private static String behindEquals(Option option, String argument) {
    String value = argument.substring(option.name().length() + 1);
    if (value.isEmpty()) {
      throw wantsAValue(option);
    }
    return value;
  }

  private static String valueOf(Option option, String[] arguments, int at) {
    if (at == arguments.length || arguments[at].startsWith("--")) {
      throw wantsAValue(option);
    }
    return arguments[at];
  }

  private static IllegalArgumentException wantsAValue(Option option) {
    return new IllegalArgumentException(
        "%s wants a value: %s %s".formatted(option.name(), option.name(), option.takes()));
  }

  /** {@return a property of Spring Boot's, as it is} */
  private static String property(String argument) {
    if (!argument.startsWith("--") || !name(argument).contains(".")) {
      throw new IllegalArgumentException(
          "'%s' is no option of serve; './madeleine serve --help' lists them".formatted(argument));
    }
    return argument;
  }

  /** {@return whether somebody asks what there is} */
  static boolean asksForHelp(String[] arguments) {
    return List.of(arguments).contains("--help") || List.of(arguments).contains("-h");
  }

  /** {@return what {@code serve} can be told, for a terminal} */
  static String help() {
    return OPTIONS.stream()
        .map(o -> "  %-20s %s%n".formatted(o.name() + " " + o.takes(), o.purpose()))
        .collect(
            Collectors.joining(
                "",
                "Usage: ./madeleine serve [OPTIONS]%n%nAn OpenAI-compatible server that remembers, and a page that shows how.%n%n"
                    .formatted(),
                ("  %-20s do not open the page%n  %-20s any property of Spring Boot's or of the starter%n"
                        + "%nBeside it: ./madeleine doctor [--model FILE|NAME] [--data FOLDER], ./madeleine key --tenant NAME%n")
                    .formatted(NO_BROWSER, "--NAME=VALUE")));
  }

  /**
   * {@return what follows {@code name}, as the next argument or behind a {@code =}; or {@code
   * otherwise}}
   */
  static String value(String[] arguments, String name, String otherwise) {
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].startsWith(name + "=")) {
        return arguments[i].substring(name.length() + 1);
      }
      if (arguments[i].equals(name) && i + 1 < arguments.length) {
        return arguments[i + 1];
      }
    }
    return otherwise;
  }

  /** {@return the folder of the data where none is named} */
  static String usualData() {
    return System.getProperty("user.home") + "/.madeleine";
  }
}
