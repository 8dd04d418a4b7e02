package io.madeleine.engine.chat;

/** What the first characters of an answer may become, where calls are bare JSON. */
enum BareStart {
  /** More characters will tell. */
  UNSURE,
  /** JSON, in a code fence or not: perhaps a call, which its end tells. */
  JSON,
  /** An answer. */
  TEXT;

  private static final String FENCE = "```";
  private static final String LANGUAGE = "json";

  /** {@return what {@code text}, which begins with no white space, may become} */
  static BareStart of(String text) {
    if (!text.startsWith(FENCE)) {
      return FENCE.startsWith(text) ? UNSURE : json(text);
    }
    String fenced = text.substring(FENCE.length());
    if (LANGUAGE.startsWith(fenced)) {
      return UNSURE;
    }
    return json(fenced.startsWith(LANGUAGE) ? fenced.substring(LANGUAGE.length()) : fenced);
  }

  /** An object, or a list of objects. */
  private static BareStart json(String text) {
    String inside = text.stripLeading();
    if (inside.startsWith("[")) {
      inside = inside.substring(1).stripLeading();
    }
    return inside.isEmpty() ? UNSURE : inside.startsWith("{") ? JSON : TEXT;
  }
}
