package io.madeleine.server;

import io.madeleine.conversation.ready.HomePath;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.server.access.ApiKeys;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;

/** Makes an API key for a tenant, and shows it once. */
final class KeyCommand {

  private static final String FILE = "api-keys";

  private static final Options OPTIONS =
      new Options(
          "key",
          List.of(
              new Options.Option("--tenant", "NAME"),
              new Options.Option("--file", "FILE"),
              new Options.Option("--data", "FOLDER")));

  private KeyCommand() {}

  /**
   * {@return the exit status: 0 if there is a key now or help was wanted, 2 if nobody said for
   * whom, an option is misspelled, or it could not be made}
   */
  static int make(String[] arguments, PrintStream out) {
    if (Options.askForHelp(arguments)) {
      out.print(
          OPTIONS.help(
              "Makes an API key of the server for the tenant that --tenant names, and shows it once."));
      return 0;
    }
    Map<String, String> given;
    try {
      given = OPTIONS.values(arguments);
    } catch (IllegalArgumentException e) {
      out.println(e.getMessage());
      return 2;
    }
    String tenant = given.getOrDefault("--tenant", "");
    Path data = HomePath.of(given.getOrDefault("--data", ServeArguments.USUAL_DATA));
    Path file = HomePath.of(given.getOrDefault("--file", data.resolve(FILE).toString()));
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
