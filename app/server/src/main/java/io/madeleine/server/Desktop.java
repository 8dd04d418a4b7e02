package io.madeleine.server;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The desktop of whoever started the server, if there is one. */
final class Desktop {

  private static final Logger LOG = System.getLogger("io.madeleine.server");

  private Desktop() {}

  /** Shows a page in the usual browser; without a desktop nothing happens. */
  static void show(String page) {
    opener(System.getProperty("os.name", ""), System.getenv(), page)
        .ifPresent(
            command -> {
              try {
                new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
              } catch (IOException e) {
                LOG.log(Level.INFO, "No browser could be opened: {0}", e.getMessage());
              }
            });
  }

  /** {@return the words that open {@code page}; empty where nobody would see it} */
  static Optional<List<String>> opener(
      String system, Map<String, String> environment, String page) {
    String name = system.toLowerCase(Locale.ROOT);
    if (name.startsWith("mac")) {
      return Optional.of(List.of("open", page));
    }
    if (name.startsWith("windows")) {
      return Optional.of(List.of("rundll32", "url.dll,FileProtocolHandler", page));
    }
    boolean seen = environment.containsKey("DISPLAY") || environment.containsKey("WAYLAND_DISPLAY");
    return seen && !environment.containsKey("SSH_CONNECTION")
        ? Optional.of(List.of("xdg-open", page))
        : Optional.empty();
  }
}
