package io.madeleine.engine.chat;

import io.madeleine.engine.json.Json;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a chat template may read besides messages and tools.
 *
 * @param specialTexts text of special tokens by the template's names ({@code bos_token}, {@code
 *     eos_token}, …)
 * @param controlTexts the texts of all control tokens; where a message spells one, it stays text
 * @param variables further variables by name, such as {@code enable_thinking}
 * @param clock the date for templates that tell it to the model
 */
public record TemplateSetup(
    Map<String, String> specialTexts,
    List<String> controlTexts,
    Json.Object variables,
    Clock clock) {

  public TemplateSetup {
    specialTexts = Map.copyOf(specialTexts);
    controlTexts = List.copyOf(controlTexts);
  }

  /** {@return the same setup with one more variable} */
  public TemplateSetup with(String name, Json value) {
    Map<String, Json> more = new LinkedHashMap<>(variables.members());
    more.put(name, value);
    return new TemplateSetup(specialTexts, controlTexts, new Json.Object(more), clock);
  }
}
