package io.madeleine.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.memory.history.TurnLog;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

final class MadeleineHealthTest {

  @TempDir Path data;

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  MadeleineAutoConfiguration.class, MadeleineActuatorAutoConfiguration.class));

  @Test
  void health_logThatTakesNothingMore_isDown() {
    runner
        .withPropertyValues("madeleine.data=" + data)
        .run(
            context -> {
              HealthIndicator health = context.getBean(HealthIndicator.class);
              assertThat(status(health)).isEqualTo(Status.UP);

              context.getBean(TurnLog.class).close();

              assertThat(status(health)).isEqualTo(Status.DOWN);
              assertThat(Objects.requireNonNull(health.health()).getDetails().toString())
                  .contains("Open it again");
            });
  }

  private static Status status(HealthIndicator health) {
    return Objects.requireNonNull(health.health()).getStatus();
  }

  @Test
  void health_switchedOffAsAnyOther_isNotThere() {
    for (String off : List.of("madeleine", "defaults")) {
      runner
          .withPropertyValues(
              "madeleine.data=" + data, "management.health." + off + ".enabled=false")
          .run(
              context ->
                  assertThat(context)
                      .hasSingleBean(MadeleineEndpoint.class)
                      .doesNotHaveBean(HealthIndicator.class));
    }
  }
}
