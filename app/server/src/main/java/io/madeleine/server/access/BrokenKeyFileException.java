package io.madeleine.server.access;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Thrown when the file that says who may ask cannot be read, or says it in no way of ours. */
final class BrokenKeyFileException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final String what;
  private final String remedy;

  private BrokenKeyFileException(String what, String remedy, @Nullable Throwable cause) {
    super(what + ": " + remedy, cause);
    this.what = what;
    this.remedy = remedy;
  }

  /** {@return that a line of {@code file} is no key; lines are counted from 1} */
  static BrokenKeyFileException malformed(Path file, int line) {
    return new BrokenKeyFileException(
        "%s line %d is not 'id<tab>tenant<tab>sha-256'".formatted(file, line),
        "Delete the line, and make a key in its place with './madeleine key --tenant NAME --file %s'."
            .formatted(file),
        null);
  }

  /** {@return that {@code file} cannot be read} */
  static BrokenKeyFileException unreadable(Path file, IOException why) {
    return new BrokenKeyFileException(
        "%s, which madeleine.server.keys names, cannot be read: %s".formatted(file, why),
        "Let it be a file of text in UTF-8 that this user may read, made with './madeleine key'.",
        why);
  }

  /** Says so without a stack trace. */
  static final class Analyzer extends AbstractFailureAnalyzer<BrokenKeyFileException> {
    @Override
    protected FailureAnalysis analyze(Throwable root, BrokenKeyFileException cause) {
      return new FailureAnalysis(cause.what, cause.remedy, cause);
    }
  }
}
