package io.madeleine.server;

import io.madeleine.conversation.completion.CompletionListener;
import io.madeleine.conversation.completion.CompletionRequest;
import io.madeleine.conversation.completion.Completions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.identity.Tenant;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Lets the model write a few words to nobody once the server is there, so that the compiler has
 * seen it before the first question; whoever is quicker than that waits no longer than without.
 */
@Component
@ConditionalOnBooleanProperty(name = "madeleine.server.warm-up", matchIfMissing = true)
class WarmUp {

  private static final Logger LOG = System.getLogger("io.madeleine.server");
  private static final Tenant NOBODY = new Tenant("madeleine:warm-up");
  private static final int WORDS = 8;

  private final Completions completions;

  WarmUp(Completions completions) {
    this.completions = completions;
  }

  @EventListener(ApplicationReadyEvent.class)
  void begin() {
    var hello =
        new CompletionRequest(
            NOBODY,
            List.of(new ChatMessage.User("Hello, is anybody there?")),
            List.of(),
            SamplingOptions.GREEDY,
            List.of(),
            OptionalInt.of(WORDS),
            Optional.empty(),
            /* topChances= */ -1);
    var unused =
        completions
            .start(hello, CompletionListener.NONE)
            .done()
            .whenComplete(
                (answer, failure) -> {
                  completions.forget(NOBODY);
                  if (failure != null) {
                    LOG.log(Level.DEBUG, "not warmed up", failure);
                  }
                });
  }
}
