package io.madeleine.server.memory;

import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.server.access.ApiKeys;
import io.madeleine.server.access.Caller;
import io.madeleine.server.memory.Views.StatusView;
import io.madeleine.spring.MadeleineProperties;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** What runs here, and for whom. */
@RestController
class StatusController {

  private final ReadyModel model;
  private final Completions completions;
  private final MadeleineProperties properties;
  private final MindReader minds;
  private final boolean alone;

  StatusController(
      ReadyModel model,
      Completions completions,
      MadeleineProperties properties,
      MindReader minds,
      ApiKeys keys) {
    this.model = model;
    this.completions = completions;
    this.properties = properties;
    this.minds = minds;
    this.alone = keys.isEmpty();
  }

  /** Where several tenants are, none is told what is all of theirs: the store and its memory. */
  @GetMapping("/api/status")
  StatusView status(Caller caller) {
    return new StatusView(
        model.name(),
        caller.tenant().id(),
        alone ? String.valueOf(properties.folder()) : null,
        completions.contextLength(),
        minds.memory());
  }
}
