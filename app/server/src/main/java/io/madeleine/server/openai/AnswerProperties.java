package io.madeleine.server.openai;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How answers are drawn where a request does not say.
 *
 * @param temperature 0 always takes the likeliest token; a toy is best at 0 and starts there
 */
@ConfigurationProperties("madeleine.server")
record AnswerProperties(@DefaultValue("0.7") double temperature) {

  private static final double HOTTEST = 2;

  AnswerProperties {
    if (!(temperature >= 0 && temperature <= HOTTEST)) {
      throw new IllegalArgumentException(
          "madeleine.server.temperature must be between 0 and 2, but was " + temperature);
    }
  }
}
