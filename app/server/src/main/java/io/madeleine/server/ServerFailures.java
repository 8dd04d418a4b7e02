package io.madeleine.server;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** What to do about the likely mistakes of whoever starts the server. */
final class ServerFailures {

  private ServerFailures() {}

  /** Somebody listens there already. */
  @Order(Ordered.HIGHEST_PRECEDENCE) // before Spring Boot's own, which knows no --port
  static final class PortTaken extends AbstractFailureAnalyzer<PortInUseException> {
    @Override
    protected FailureAnalysis analyze(Throwable root, PortInUseException cause) {
      int port = cause.getPort();
      return new FailureAnalysis(
          "Port %d is taken: another program listens there, perhaps another Madeleine."
              .formatted(port),
          "Stop that program, or choose another port: ./madeleine serve --port %d (0 takes any)"
              .formatted(port + 1),
          cause);
    }
  }
}
