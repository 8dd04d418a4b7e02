package io.madeleine.langchain4j.memory;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Who lost a turn to another: what they still bring answers a question that is not there. Guarded
 * by its owner.
 */
final class Latecomers {

  /** How many are remembered. Of a stream that fails nobody may ever say that it ended. */
  private static final int REMEMBERED = 64;

  private final Set<Object> keys = new LinkedHashSet<>();

  /** {@code asker} has lost his turn. */
  void put(Object asker) {
    keys.add(asker);
    if (keys.size() > REMEMBERED) {
      keys.remove(keys.iterator().next());
    }
  }

  /** {@code asker} begins anew. */
  void remove(Object asker) {
    keys.remove(asker);
  }

  /** {@return whether {@code asker} lost his turn and began no other} */
  boolean contains(Object asker) {
    return keys.contains(asker);
  }
}
