package io.madeleine.server.access;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** Thrown when the server would listen to other machines without asking them for a key. */
final class OpenToTheWorldException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  OpenToTheWorldException(@Nullable InetAddress address) {
    super(
        ("the server would listen on %s without API keys, so anybody could read every memory. Make a"
                + " key with './madeleine key --tenant NAME' and set madeleine.server.keys to its"
                + " file, or listen on this machine only (server.address=127.0.0.1)")
            .formatted(address == null ? "every address" : address.getHostAddress()));
  }
}
