package io.madeleine.server;

import java.util.Map;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;
import org.springframework.core.env.MapPropertySource;

/**
 * A toy model gets a toy's working cache, where nobody asked for another: so short that a
 * conversation of two minutes already has to remember, which is what the toy is there to show. And
 * it says what it holds likeliest: 2.6 million parameters that throw dice make places up.
 */
final class ToyDefaults
    implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {

  private static final Map<String, Object> SMALL =
      Map.of(
          "madeleine.kv.recent-tokens", 48,
          "madeleine.kv.recalled-tokens", 72,
          "madeleine.server.temperature", 0);

  @Override
  public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
    var environment = event.getEnvironment();
    if ("pocket".equals(environment.getProperty("madeleine.model"))) {
      environment.getPropertySources().addLast(new MapPropertySource("toy", SMALL));
    }
  }

  /** After Spring Boot has read its files. */
  @Override
  public int getOrder() {
    return Ordered.LOWEST_PRECEDENCE;
  }
}
