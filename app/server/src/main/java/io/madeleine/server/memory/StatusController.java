package io.madeleine.server.memory;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.server.access.Caller;
import io.madeleine.server.memory.Views.StatusView;
import io.madeleine.spring.MadeleineProperties;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** What runs here, and for whom. */
@RestController
class StatusController {

  private final ReadyModel model;
  private final MadeleineProperties properties;
  private final MindReader minds;

  StatusController(ReadyModel model, MadeleineProperties properties, MindReader minds) {
    this.model = model;
    this.properties = properties;
    this.minds = minds;
  }

  @GetMapping("/api/status")
  StatusView status(Caller caller) {
    return new StatusView(
        model.name(),
        caller.tenant().id(),
        String.valueOf(properties.folder()),
        model.contextLength(),
        minds.memory());
  }
}
