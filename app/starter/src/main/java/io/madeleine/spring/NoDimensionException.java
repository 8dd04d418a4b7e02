package io.madeleine.spring;

/** Thrown when an embedding model does not say how long its vectors are. */
final class NoDimensionException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  NoDimensionException(String model, RuntimeException cause) {
    super(
        "the embedding model '%s' was asked how long its vectors are, and failed: %s"
            .formatted(model, cause),
        cause);
  }
}
