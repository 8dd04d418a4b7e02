package io.madeleine.spring;

/**
 * Thrown when the application's one memory is over a history of its own, but another was opened for
 * what was asked for to make it: what is said there would neither be found nor forgotten.
 */
final class OtherHistoryException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  OtherHistoryException(String bean) {
    super(
        "the Memory bean '%s' is over another history than the starter's, which had to be opened since making that bean asks for what works on it"
            .formatted(bean));
  }
}
