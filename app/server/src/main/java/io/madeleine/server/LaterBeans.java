package io.madeleine.server;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

/**
 * Beans of Madeleine's own are made at the start, so that what is wrong is said before anybody
 * comes. Spring's are made when first wanted, which opens the door sooner, and those that nobody
 * wanted yet right after it is open, so that the first visitor does not wait for them.
 */
@Configuration(proxyBeanMethods = false)
class LaterBeans {

  private static final Logger LOG = System.getLogger("io.madeleine.server");

  private final ConfigurableListableBeanFactory beans;

  LaterBeans(ConfigurableListableBeanFactory beans) {
    this.beans = beans;
  }

  @Bean
  static LazyInitializationExcludeFilter ours() {
    return (name, definition, type) -> type.getName().startsWith("io.madeleine.");
  }

  @EventListener(ApplicationReadyEvent.class)
  void makeTheRest() {
    Thread.ofPlatform().daemon().name("madeleine-later-beans").start(this::make);
  }

  private void make() {
    try {
      for (String name : beans.getBeanDefinitionNames()) {
        if (beans.isSingleton(name)) {
          beans.getBean(name);
        }
      }
    } catch (BeansException | IllegalStateException e) {
      LOG.log(Level.DEBUG, "not made: the server ends, or whoever wants it is told", e);
    }
  }
}
