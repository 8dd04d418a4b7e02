package io.madeleine.engine.text;

import io.madeleine.engine.json.Json;
import java.util.Map;

/** Whether a model reasons before it answers, where its chat template leaves that open. */
public enum Thinking {
  /** As the template has it. */
  AUTO,
  /** It reasons. */
  ON,
  /** It answers at once. */
  OFF;

  /** {@return what the template is told} */
  Json.Object variables() {
    return new Json.Object(
        this == AUTO ? Map.of() : Map.of("enable_thinking", new Json.Bool(this == ON)));
  }
}
