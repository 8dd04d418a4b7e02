package io.madeleine.memory.history;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The files that hold bytes of erased turns, each until it was written anew. Guarded by its owner.
 */
final class DueRewrites {

  private final NavigableSet<Integer> ordinals = new TreeSet<>();

  /** Writes a file anew. {@return how many bytes shorter it is} */
  @FunctionalInterface
  interface Rewrite {
    long of(int ordinal) throws IOException;
  }

  /**
   * What an attempt came to.
   *
   * @param segments how many files were written anew
   * @param bytes how many bytes shorter they are
   * @param failure why some are still due, if any is
   */
  record Attempt(int segments, long bytes, @Nullable Throwable failure) {}

  void add(Collection<Integer> more) {
    ordinals.addAll(more);
  }

  int count() {
    return ordinals.size();
  }

  /** Tries all of them; one that fails stays due. */
  Attempt attempt(Rewrite rewrite) {
    int segments = 0;
    long bytes = 0;
    Throwable failure = null;
    for (int ordinal : List.copyOf(ordinals)) {
      try {
        bytes += rewrite.of(ordinal);
        ordinals.remove(ordinal);
        segments++;
      } catch (IOException | RuntimeException | Error e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    return new Attempt(segments, bytes, failure);
  }
}
