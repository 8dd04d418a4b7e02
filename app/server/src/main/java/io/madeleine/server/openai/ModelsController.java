package io.madeleine.server.openai;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.server.openai.protocol.OpenAiException;
import io.madeleine.server.openai.protocol.Wire;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /v1/models}: the one that is loaded. */
@RestController
class ModelsController {

  private final Wire.Model model;

  ModelsController(ReadyModel model) {
    this.model =
        new Wire.Model(model.name(), "model", System.currentTimeMillis() / 1000, "madeleine");
  }

  @GetMapping("/v1/models")
  Wire.Models list() {
    return new Wire.Models("list", List.of(model));
  }

  @GetMapping("/v1/models/{id}")
  Wire.Model one(@PathVariable String id) {
    if (!id.equals(model.id())) {
      throw OpenAiException.noModel(
          "there is no model '%s' here; '%s' is loaded".formatted(id, model.id()));
    }
    return model;
  }
}
