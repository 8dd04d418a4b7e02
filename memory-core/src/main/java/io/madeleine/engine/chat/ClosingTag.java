package io.madeleine.engine.chat;

/**
 * Finds the tag that ends a call. In a call of JSON a tag may stand inside a string and is part of
 * it then, unless the whole turns out to be no JSON: the model forgot a quote, and its first tag
 * was the end after all. Each character is looked at once, in however many pieces they come, and
 * what stands before it is read as JSON twice at most. Not thread-safe.
 */
final class ClosingTag {
  private static final int NONE = -1;

  private final String tag;
  private final boolean hasStrings;
  private int at;
  private int passed = NONE;
  private boolean inString;
  private boolean escaped;
  private boolean checked;

  /** Looks for the tag of {@code dialect} in one call. */
  ClosingTag(ToolDialect dialect) {
    this.tag = dialect.closing();
    this.hasStrings = dialect == ToolDialect.TAGGED_JSON;
  }

  /**
   * {@return where the tag stands that ends {@code call}; −1 if it has not come}
   *
   * @param call what was given before, and perhaps more behind it
   */
  int find(StringBuilder call) {
    for (; !tag.isEmpty() && at < call.length(); at++) {
      int here = sharedWithTag(call);
      if (here < tag.length() && at + here == call.length()) {
        return NONE; // more characters will tell
      }
      if (here == tag.length() && !inString) {
        return isPassed() && isBroken(call) ? passed : at;
      }
      if (here == tag.length() && !isPassed()) {
        passed = at;
      }
      if (step(call)) {
        return passed;
      }
    }
    return NONE;
  }

  /** {@return where the first tag inside a string stands; −1 if none was passed} */
  int passed() {
    return passed;
  }

  private boolean isPassed() {
    return passed != NONE;
  }

  /** {@return how many characters are those of the tag from here on} */
  private int sharedWithTag(StringBuilder call) {
    int most = Math.min(tag.length(), call.length() - at);
    int shared = 0;
    while (shared < most && call.charAt(at + shared) == tag.charAt(shared)) {
      shared++;
    }
    return shared;
  }

  private boolean isBroken(StringBuilder call) {
    return !CallReader.isJson(call.substring(0, at), /* mayGoOn= */ false);
  }

  /** Goes over one character; {@return whether it shows that the tag passed was the end}. */
  private boolean step(StringBuilder call) {
    char c = call.charAt(at);
    if (!inString) {
      inString = hasStrings && c == '"';
      return false;
    }
    if (escaped || c == '\\') {
      escaped = !escaped;
      return false;
    }
    inString = c != '"';
    return isPassed() && (c < ' ' || (!inString && cannotGoOn(call)));
  }

  /** Asked once, where the string ends in which the tag stands. */
  private boolean cannotGoOn(StringBuilder call) {
    if (checked) {
      return false;
    }
    checked = true;
    return !CallReader.isJson(call.substring(0, at + 1), /* mayGoOn= */ true);
  }
}
