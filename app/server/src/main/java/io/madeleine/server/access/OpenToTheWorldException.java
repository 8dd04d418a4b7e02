package io.madeleine.server.access;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Thrown when the server would listen to other machines without asking them for a key. */
final class OpenToTheWorldException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final String where;

  OpenToTheWorldException(@Nullable InetAddress address) {
    super(
        ("the server would listen on %s without API keys, so anybody could read every memory. Make a"
                + " key with './madeleine key --tenant NAME' and set madeleine.server.keys to its"
                + " file, or listen on this machine only (server.address=127.0.0.1)")
            .formatted(place(address)));
    this.where = place(address);
  }

  private static String place(@Nullable InetAddress address) {
    return address == null ? "every address" : address.getHostAddress();
  }

  /** Says so without a stack trace. */
  static final class Analyzer extends AbstractFailureAnalyzer<OpenToTheWorldException> {
    @Override
    protected FailureAnalysis analyze(Throwable root, OpenToTheWorldException cause) {
      return new FailureAnalysis(
          "The server would listen on %s without API keys, so anybody could read every memory."
              .formatted(cause.where),
          "Make a key with './madeleine key --tenant NAME' and start with --keys FILE, or listen on"
              + " this machine only (--address 127.0.0.1).",
          cause);
    }
  }
}
