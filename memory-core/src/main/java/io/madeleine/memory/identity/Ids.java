package io.madeleine.memory.identity;

final class Ids {

  private static final int LONGEST = 200;

  private Ids() {}

  static void check(String what, String id) {
    if (id.isBlank()) {
      throw new IllegalArgumentException(
          "the %s id must not be blank: name the %s, there is no default".formatted(what, what));
    }
    if (id.length() > LONGEST) {
      throw new IllegalArgumentException(
          "a %s id may have %d characters, but '%s…' has %d"
              .formatted(what, LONGEST, id.substring(0, 20), id.length()));
    }
  }
}
