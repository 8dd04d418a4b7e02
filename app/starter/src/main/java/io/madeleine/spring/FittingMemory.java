package io.madeleine.spring;

import io.madeleine.memory.recall.Memory;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ConfigurableApplicationContext;

/** Finds the application's memory that is over the starter's history. */
record FittingMemory(MemoryMaker maker, ConfigurableListableBeanFactory beans) {

  /**
   * {@return the application's, told of all that was derived from the history; one more where none
   * is over it} Of several, those that nobody has asked for yet are left unopened.
   *
   * @throws OtherHistoryException if the one memory kept the starter from asking for its history
   */
  Memory find(ObjectProvider<Memory> memories, Optional<OwnMemory> own) {
    Memory only = memories.getIfUnique();
    if (only != null && maker.fits(only)) {
      return maker.told(only);
    }
    Optional<String> waiting = own.flatMap(OwnMemory::waiting);
    if (only != null && waiting.isPresent()) {
      throw new OtherHistoryException(waiting.get());
    }
    return only != null && own.isPresent()
        ? maker.told(only) // a mock in its place
        : opened().filter(maker::fits).findFirst().map(maker::told).orElseGet(maker::make);
  }

  private Stream<Memory> opened() {
    return Stream.iterate(beans, each -> each != null, FittingMemory::parent)
        .flatMap(FittingMemory::openedOf);
  }

  private static @Nullable ConfigurableListableBeanFactory parent(
      ConfigurableListableBeanFactory beans) {
    return switch (beans.getParentBeanFactory()) {
      case ConfigurableApplicationContext context -> context.getBeanFactory();
      case ConfigurableListableBeanFactory parent -> parent;
      case null, default -> null;
    };
  }

  private static Stream<Memory> openedOf(ConfigurableListableBeanFactory beans) {
    return Stream.of(
            beans.getBeanNamesForType(
                Memory.class, /* includeNonSingletons= */ false, /* allowEagerInit= */ false))
        .filter(name -> isOpenedAnyway(name, beans))
        .map(name -> beans.getBean(name, Memory.class));
  }

  private static boolean isOpenedAnyway(String name, ConfigurableListableBeanFactory beans) {
    if (!beans.containsBeanDefinition(name)) {
      return true; // somebody made it
    }
    var definition = beans.getMergedBeanDefinition(name);
    return definition.isAutowireCandidate()
        && (beans.containsSingleton(name) || !definition.isLazyInit());
  }
}
