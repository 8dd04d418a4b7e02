package io.madeleine.spring;

/** Thrown when properties of ours are set, but not the one that everything else needs. */
final class NoDataException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  NoDataException(String property, String consequence) {
    this("%s is set, but madeleine.data is not, so %s".formatted(property, consequence));
  }

  NoDataException(String message) {
    super(message);
  }
}
