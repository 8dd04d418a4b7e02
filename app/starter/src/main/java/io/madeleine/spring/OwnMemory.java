package io.madeleine.spring;

import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.recall.Memory;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.beans.factory.BeanCurrentlyInCreationException;
import org.springframework.beans.factory.ObjectProvider;

/** The application's memory, if it is over a history of its own; closes what was opened instead. */
final class OwnMemory implements AutoCloseable {

  private final Optional<Memory> memory;
  private final Deque<Runnable> closing = new ArrayDeque<>();

  private OwnMemory(Optional<Memory> memory) {
    this.memory = memory;
  }

  /**
   * {@return the one memory, unless it waits for the history that is asked of it} Nothing but
   * making it tells: it may ask for that history itself, or be made of beans that do.
   */
  static OwnMemory of(ObjectProvider<Memory> memories) {
    try {
      return new OwnMemory(Optional.ofNullable(memories.getIfUnique()));
    } catch (BeanCreationException e) {
      if (e.contains(BeanCurrentlyInCreationException.class)) {
        return new OwnMemory(Optional.empty());
      }
      throw e;
    }
  }

  TurnLog historyOr(Supplier<TurnLog> opening) {
    return memory.map(Memory::log).orElseGet(() -> opened(opening.get()));
  }

  TurnIndex indexOr(Supplier<TurnIndex> opening) {
    return memory.map(Memory::index).orElseGet(() -> opened(opening.get()));
  }

  private TurnLog opened(TurnLog history) {
    closing.push(history::close);
    return history;
  }

  private TurnIndex opened(TurnIndex index) {
    closing.push(index::close);
    return index;
  }

  /** The index before the history. */
  @Override
  public void close() {
    var failures = new Failures();
    closing.forEach(failures::trying);
    failures.throwFirst();
  }
}
