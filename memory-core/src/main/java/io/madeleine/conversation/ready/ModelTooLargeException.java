package io.madeleine.conversation.ready;

import java.nio.file.Path;

/** Thrown when a model needs more memory than the machine has. */
public final class ModelTooLargeException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private static final long WORKING_BYTES = 300L << 20;
  private static final double MIB = 1 << 20;

  private ModelTooLargeException(Path model, long file, long kv, long memory) {
    super(
        """
        %s needs about %,.0f MiB (weights %,.0f + keys and values %,.0f + work %,.0f), but there are \
        %,.0f: %,.0f MiB are missing. Choose a smaller model or quantisation, or give less room to keys \
        and values.\
        """
            .formatted(
                model,
                (file + kv + WORKING_BYTES) / MIB,
                file / MIB,
                kv / MIB,
                WORKING_BYTES / MIB,
                memory / MIB,
                (file + kv + WORKING_BYTES - memory) / MIB));
  }

  static void check(Path model, long file, long kv, long memory) {
    if (file + kv + WORKING_BYTES > memory) {
      throw new ModelTooLargeException(model, file, kv, memory);
    }
  }
}
