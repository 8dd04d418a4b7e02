package io.madeleine.langchain4j.model;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.model.chat.request.ChatRequest;
import java.util.HashMap;
import java.util.Map;

/**
 * How long tools are expected to take, as their authors wrote it:
 *
 * <pre>{@code
 * @Tool(metadata = "{\"expectedSeconds\": 40}")
 * String slowReport() …
 * }</pre>
 *
 * <p>It decides how long the cache is leased until enough calls were seen.
 */
final class ToolHints {

  /** The name in {@code @Tool(metadata)}. */
  static final String EXPECTED_SECONDS = "expectedSeconds";

  private ToolHints() {}

  /**
   * {@return the hints of a request's tools, by tool}
   *
   * @throws IllegalArgumentException if one is no number of seconds
   */
  static Map<String, Double> of(ChatRequest chat) {
    var hints = new HashMap<String, Double>();
    if (chat.toolSpecifications() == null) {
      return hints;
    }
    for (ToolSpecification tool : chat.toolSpecifications()) {
      Object hint = tool.metadata() == null ? null : tool.metadata().get(EXPECTED_SECONDS);
      if (hint != null) {
        hints.put(tool.name(), seconds(tool.name(), hint));
      }
    }
    return hints;
  }

  private static double seconds(String tool, Object hint) {
    if (hint instanceof Number number && number.doubleValue() >= 0) {
      return number.doubleValue();
    }
    throw new IllegalArgumentException(
        "%s of tool '%s' must be a number of seconds, at least 0, but was %s"
            .formatted(EXPECTED_SECONDS, tool, hint));
  }
}
