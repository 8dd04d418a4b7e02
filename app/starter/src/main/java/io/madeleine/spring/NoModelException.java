package io.madeleine.spring;

import java.nio.file.Path;

/** Thrown when {@code madeleine.model} names what is not there. */
final class NoModelException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  NoModelException(Path file, Path models) {
    super(
        "madeleine.model names %s, which is no file (looked at %s) and no model in %s"
            .formatted(file, file.toAbsolutePath(), models));
  }

  NoModelException() {
    super("madeleine.model is empty");
  }

  NoModelException(NoClassDefFoundError cause) {
    super("madeleine.model is 'pocket', but the jar madeleine-pocket is not there", cause);
  }
}
