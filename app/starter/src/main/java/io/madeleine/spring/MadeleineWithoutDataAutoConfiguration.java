package io.madeleine.spring;

import java.util.List;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.NoneNestedConditions;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.env.Environment;

/** Refuses to start where somebody meant to have a memory and forgot to say where. */
@AutoConfiguration
@Conditional(MadeleineWithoutDataAutoConfiguration.NoData.class)
public final class MadeleineWithoutDataAutoConfiguration {

  private static final List<String> MEANT = List.of("madeleine.model", "madeleine.tenant");

  MadeleineWithoutDataAutoConfiguration(Environment environment) {
    MEANT.stream()
        .filter(environment::containsProperty)
        .findFirst()
        .ifPresent(
            property -> {
              throw new NoDataException(property);
            });
  }

  /** Nobody said where. */
  static final class NoData extends NoneNestedConditions {

    NoData() {
      super(ConfigurationPhase.REGISTER_BEAN);
    }

    @ConditionalOnProperty("madeleine.data")
    static final class Data {}
  }
}
