package io.madeleine.conversation.episodic;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.PoolExhaustedException;
import java.util.function.Supplier;

/** Others who hold pages of the same pool, and may give some to one who finds none free. */
@FunctionalInterface
public interface Givers {

  /** There are no others. */
  Givers NONE = () -> false;

  /** {@return whether one of them gave pages back} */
  boolean give();

  /**
   * {@return what a step computes, for which they give as much memory as it needs and they have}
   *
   * @param step can be tried again after it found no room
   * @throws PoolExhaustedException if nobody has any more to give
   */
  default <T> T within(Supplier<T> step) {
    while (true) {
      try {
        return step.get();
      } catch (PoolExhaustedException e) {
        if (!give()) {
          throw e;
        }
      }
    }
  }

  /**
   * Makes sure that {@code cache} can grow by so many tokens.
   *
   * @throws PoolExhaustedException if it cannot, and nobody has any more to give
   */
  default void reserve(KvCache cache, int tokens) {
    KvCache unused =
        within(
            () -> {
              cache.reserve(tokens);
              return cache;
            });
  }
}
