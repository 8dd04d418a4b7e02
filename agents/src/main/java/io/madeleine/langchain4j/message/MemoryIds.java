package io.madeleine.langchain4j.message;

/**
 * Memory ids as text, which is what tells conversations apart. The text that {@link Object} gives
 * to whatever has none names an object, not what it stands for: the next object for the same user
 * has another, and two users may have the same. A record's text is made of its components', which
 * are not looked into.
 */
public final class MemoryIds {

  private MemoryIds() {}

  /**
   * {@return the id's text}
   *
   * @throws IllegalArgumentException if its class has no {@code toString} of its own, as an array
   */
  public static String text(Object id) {
    if (!hasText(id)) {
      throw new IllegalArgumentException(
          ("a memory is told from others by the text of its id, but the id's class %s has no"
                  + " toString of its own: take a String, a number, a UUID, an enum or a record, or"
                  + " give the class a toString that says whom it stands for")
              .formatted(id.getClass().getTypeName()));
    }
    return id.toString();
  }

  /** {@return whether the id's class says what its text is} */
  public static boolean hasText(Object id) {
    try {
      return id.getClass().getMethod("toString").getDeclaringClass() != Object.class;
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("every class has a toString; should not happen", e);
    }
  }
}
