package io.madeleine.server.access;

import java.nio.file.Path;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Thrown when the file that says who may ask names nobody: without keys every program on this
 * machine might.
 */
final class NoKeyInFileException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final String file;

  NoKeyInFileException(Path file) {
    super(
        "there is no key in %s, which madeleine.server.keys names: %s"
            .formatted(file, remedy(file.toString())));
    this.file = file.toString();
  }

  private static String remedy(String file) {
    return "make one with './madeleine key --tenant NAME --file %s'".formatted(file);
  }

  /** Says so without a stack trace. */
  static final class Analyzer extends AbstractFailureAnalyzer<NoKeyInFileException> {
    @Override
    protected FailureAnalysis analyze(Throwable root, NoKeyInFileException cause) {
      return new FailureAnalysis(
          "There is no key in %s, so nobody could ask, or everybody on this machine."
              .formatted(cause.file),
          "Either %s, or start without --keys: then this machine may ask, and no other."
              .formatted(remedy(cause.file)),
          cause);
    }
  }
}
