package io.madeleine.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Short options for people, Spring Boot's for everything else. */
final class ServeArguments {

  private static final Map<String, String> SHORT =
      Map.of(
          "--model", "madeleine.model",
          "--data", "madeleine.data",
          "--port", "server.port",
          "--address", "server.address",
          "--keys", "madeleine.server.keys",
          "--embeddings", "madeleine.server.embeddings",
          "--tenant", "madeleine.server.local-tenant");

  private static final String NO_BROWSER = "--no-browser";

  private ServeArguments() {}

  /**
   * {@return {@code --model FILE} as {@code --madeleine.model=FILE}, and so on; the page is opened
   * unless {@code --no-browser} is there}
   */
  static String[] of(String[] arguments) {
    List<String> result = new ArrayList<>();
    result.add("--madeleine.server.browse=" + !List.of(arguments).contains(NO_BROWSER));
    for (int i = 0; i < arguments.length; i++) {
      String property = SHORT.get(arguments[i]);
      if (property != null && i + 1 < arguments.length) {
        result.add("--%s=%s".formatted(property, arguments[++i]));
      } else if (!arguments[i].equals(NO_BROWSER)) {
        result.add(arguments[i]);
      }
    }
    return result.toArray(String[]::new);
  }

  /** {@return what follows {@code name}, or {@code otherwise}} */
  static String value(String[] arguments, String name, String otherwise) {
    for (int i = 0; i + 1 < arguments.length; i++) {
      if (arguments[i].equals(name)) {
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
