package io.madeleine.spring;

import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.recall.Memory;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;

/** The application's memory, if it is over a history of its own; closes what was opened instead. */
final class OwnMemory implements AutoCloseable {

  private final Optional<Memory> memory;
  private final Optional<String> waiting;
  private final Deque<Runnable> closing = new ArrayDeque<>();

  private OwnMemory(Optional<Memory> memory, Optional<String> waiting) {
    this.memory = memory;
    this.waiting = waiting;
  }

  /**
   * {@return the one memory, unless it waits for the history that is asked of it} Nothing but
   * making it tells: it may ask for that history itself, or be made of beans that do.
   */
  static OwnMemory of(ObjectProvider<Memory> memories, ConfigurableListableBeanFactory beans) {
    try {
      return new OwnMemory(Optional.ofNullable(memories.getIfUnique()), Optional.empty());
    } catch (BeanCreationException e) {
      if (waits(e, beans)) {
        return new OwnMemory(Optional.empty(), Optional.ofNullable(e.getBeanName()));
      }
      throw e;
    }
  }

  /** What has failed is no longer in creation, so what still is waits for this. */
  private static boolean waits(Throwable failure, ConfigurableListableBeanFactory beans) {
    return Stream.<@Nullable Throwable>iterate(
            failure, each -> each != null, each -> each == null ? null : each.getCause())
        .anyMatch(
            each ->
                each instanceof BeanCreationException at
                    && at.getBeanName() != null
                    && isHalfMade(at.getBeanName(), beans));
  }

  /**
   * {@return whether the bean is in creation, or was asked of one that is, whose fields may be null
   * as yet} One that another thread makes in the background waits for nobody here.
   */
  private static boolean isHalfMade(String bean, ConfigurableListableBeanFactory beans) {
    if (!beans.containsBeanDefinition(bean)) {
      return beans.isCurrentlyInCreation(bean);
    }
    BeanDefinition definition = beans.getMergedBeanDefinition(bean);
    String factory = definition.getFactoryBeanName();
    return (beans.isCurrentlyInCreation(bean) && !isMadeInBackground(definition, beans))
        || (factory != null && beans.isCurrentlyInCreation(factory));
  }

  private static boolean isMadeInBackground(
      BeanDefinition definition, ConfigurableListableBeanFactory beans) {
    return beans.getBootstrapExecutor() != null
        && definition instanceof AbstractBeanDefinition its
        && its.isBackgroundInit();
  }

  /** {@return the memory that did not tell, when it was asked, whose history it is over} */
  Optional<String> waiting() {
    return waiting;
  }

  /** {@return the history of the application's memory} */
  Optional<TurnLog> history() {
    return memory.map(Memory::log);
  }

  TurnLog historyOr(Supplier<TurnLog> opening) {
    return history().orElseGet(() -> opened(opening.get()));
  }

  /** {@return the index of the application's memory} */
  Optional<TurnIndex> index() {
    return memory.map(Memory::index);
  }

  TurnIndex indexOr(Supplier<TurnIndex> opening) {
    return index().orElseGet(() -> opened(opening.get()));
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
