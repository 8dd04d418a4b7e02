package io.madeleine.conversation.mind;

/** Reading that was to come before an answer was stopped; what a listener throws is none of it. */
final class ReadingStopped extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final String why;

  ReadingStopped(String why) {
    super(why);
    this.why = why;
  }

  /** {@return why, in a sentence for people} */
  String why() {
    return why;
  }
}
