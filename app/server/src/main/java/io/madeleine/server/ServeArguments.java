package io.madeleine.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Short options for people, Spring Boot's for everything else. */
final class ServeArguments {

  /** The folder of the data where none is named, as a person writes it. */
  static final String USUAL_DATA = "~/.madeleine";

  /** A short option, the property it stands for, and a line for people. */
  private record ShortOption(Options.Option option, String property, String purpose) {
    static ShortOption of(String name, String takes, String property, String purpose) {
      return new ShortOption(new Options.Option(name, takes), property, purpose);
    }
  }

  private static final List<ShortOption> SHORT =
      List.of(
          ShortOption.of(
              "--model",
              "FILE|NAME",
              "madeleine.model",
              "a GGUF file, or a model that was pulled (the toy that comes along)"),
          ShortOption.of(
              "--data",
              "FOLDER",
              "madeleine.data",
              "where it remembers (%s)".formatted(USUAL_DATA)),
          ShortOption.of("--port", "N", "server.port", "8080"),
          ShortOption.of("--address", "HOST", "server.address", "127.0.0.1: this machine alone"),
          ShortOption.of(
              "--keys", "FILE", "madeleine.server.keys", "who may; made by './madeleine key'"),
          ShortOption.of(
              "--temperature", "T", "madeleine.server.temperature", "0.7; the toy's is 0"),
          ShortOption.of(
              "--thinking",
              "HOW",
              "madeleine.engine.thinking",
              "on or off, where a model can do both (auto: its own)"),
          ShortOption.of(
              "--embeddings",
              "KIND",
              "madeleine.server.embeddings",
              "bge-small, model or off: what recalls by meaning"),
          ShortOption.of(
              "--tenant", "NAME", "madeleine.server.local-tenant", "whose memory without keys"));

  private static final Options OPTIONS =
      new Options("serve", SHORT.stream().map(ShortOption::option).toList());
  private static final Map<Options.Option, String> PROPERTIES =
      SHORT.stream()
          .collect(Collectors.toUnmodifiableMap(ShortOption::option, ShortOption::property));

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
    OPTIONS.read(
        arguments,
        (option, value) -> result.add("--%s=%s".formatted(PROPERTIES.get(option), value)),
        other -> {
          if (!other.equals(NO_BROWSER)) {
            result.add(property(other));
          }
        });
    return result.toArray(String[]::new);
  }

  /** {@return a property of Spring Boot's, as it is} */
  private static String property(String argument) {
    if (!argument.startsWith("--") || !Options.name(argument).contains(".")) {
      throw new IllegalArgumentException(
          "'%s' is no option of serve; './madeleine serve --help' lists them".formatted(argument));
    }
    return argument;
  }

  /** {@return what {@code serve} can be told, for a terminal} */
  static String help() {
    return SHORT.stream()
        .map(o -> "  %-20s %s%n".formatted(o.option(), o.purpose()))
        .collect(
            Collectors.joining(
                "",
                "Usage: ./madeleine serve [OPTIONS]%n%nAn OpenAI-compatible server that remembers, and a page that shows how.%n%n"
                    .formatted(),
                ("  %-20s do not open the page%n  %-20s any property of Spring Boot's or of the starter%n"
                        + "%nBeside it: ./madeleine doctor [--model FILE|NAME] [--data FOLDER], ./madeleine key --tenant NAME%n")
                    .formatted(NO_BROWSER, "--NAME=VALUE")));
  }
}
