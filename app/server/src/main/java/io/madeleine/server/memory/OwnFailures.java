package io.madeleine.server.memory;

import io.madeleine.server.access.ApiKeys;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.springframework.stereotype.Component;

/**
 * What is told of failures that are the server's own, as of its disk. They are logged. Whoever is
 * alone reads what they say; where several tenants are, none does, for they name the server's
 * files.
 */
@Component
final class OwnFailures {

  private static final Logger LOG = System.getLogger("io.madeleine.server");
  private static final String OF_ALL =
      "the server could not read or write what it keeps, and its log says why: try again later";

  private final boolean alone;

  OwnFailures(ApiKeys keys) {
    this.alone = keys.isEmpty();
  }

  /** {@return what the client is told of {@code failure}, which goes to the log} */
  String told(Exception failure) {
    log(failure);
    return alone ? String.valueOf(failure.getMessage()) : OF_ALL;
  }

  /** For a failure behind another, which is the one that the client is told. */
  void log(Exception failure) {
    LOG.log(Level.ERROR, "a request failed", failure);
  }
}
