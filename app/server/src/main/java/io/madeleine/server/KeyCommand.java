package io.madeleine.server;

import io.madeleine.memory.identity.Tenant;
import io.madeleine.server.access.ApiKeys;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;

/** Makes an API key for a tenant, and shows it once. */
final class KeyCommand {

  private static final String FILE = "api-keys";

  private KeyCommand() {}

  /**
   * {@return the exit status: 0 if there is a key now, 2 if nobody said for whom or it could not be
   * made}
   */
  static int make(String[] arguments, PrintStream out) {
    String tenant = ServeArguments.value(arguments, "--tenant", "");
    String data = ServeArguments.value(arguments, "--data", ServeArguments.usualData());
    Path file =
        Path.of(ServeArguments.value(arguments, "--file", Path.of(data).resolve(FILE).toString()));
    if (tenant.isBlank()) {
      out.printf(
          "Whose key? ./madeleine key --tenant NAME [--file FILE], where FILE is %s otherwise.%n",
          file);
      return 2;
    }
    String key;
    try {
      key = ApiKeys.create(file, new Tenant(tenant), new SecureRandom());
    } catch (IllegalArgumentException | UncheckedIOException e) {
      out.println(e.getMessage());
      return 2;
    }
    out.println(key);
    out.printf(
        "This is the key of tenant '%s'; it is shown once, and only its hash is in %s.%n"
            + "Start the server with it: ./madeleine serve --keys %s%n",
        tenant, file, file);
    return 0;
  }
}
