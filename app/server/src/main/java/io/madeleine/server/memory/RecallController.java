package io.madeleine.server.memory;

import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.recall.Excerpt;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.recall.Recall;
import io.madeleine.memory.retrieval.RecallRequest;
import io.madeleine.server.access.Caller;
import io.madeleine.server.compute.Computing;
import io.madeleine.server.memory.Views.ExcerptView;
import io.madeleine.server.memory.Views.RecallView;
import java.time.Clock;
import java.util.Locale;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** What a conversation remembers for a question, and why, without a model's answer. */
@RestController
class RecallController {

  private static final int USUAL_BUDGET = 512;
  private static final int LARGEST_BUDGET = 100_000;
  private static final int LONGEST_QUESTION = 10_000;

  private final TurnLog log;
  private final Memory memory;
  private final Computing computing;
  private final Clock clock;

  RecallController(TurnLog log, Memory memory, Computing computing, ObjectProvider<Clock> clock) {
    this.log = log;
    this.memory = memory;
    this.computing = computing;
    this.clock = clock.getIfUnique(Clock::systemDefaultZone);
  }

  /**
   * What is asked.
   *
   * @param question in any words
   * @param budget how many tokens the excerpts may take together
   */
  record Asked(Optional<String> question, Optional<Integer> budget) {}

  @PostMapping("/api/conversations/{id}/recall")
  RecallView recall(Caller caller, @PathVariable String id, @RequestBody Asked asked) {
    String question = asked.question().orElse("").strip();
    if (question.isEmpty() || question.length() > LONGEST_QUESTION) {
      throw new IllegalArgumentException(
          "question must have 1 to %,d characters, but has %,d"
              .formatted(LONGEST_QUESTION, question.length()));
    }
    int budget = asked.budget().orElse(USUAL_BUDGET);
    if (budget < 1 || budget > LARGEST_BUDGET) {
      throw new IllegalArgumentException(
          "budget must be 1 to %,d tokens, but was %,d".formatted(LARGEST_BUDGET, budget));
    }
    ConversationKey key = KnownConversation.of(log, caller, id);
    Recall recall = computing.call(() -> recalled(key, question, budget));
    return new RecallView(
        recall.tokens(), budget, recall.excerpts().stream().map(RecallController::view).toList());
  }

  /** Catches up first: both may ask an embedder. */
  private Recall recalled(ConversationKey key, String question, int budget) {
    memory.catchUp();
    return memory.recall(new RecallRequest(TurnFilter.in(key), question, clock.instant()), budget);
  }

  private static ExcerptView view(Excerpt excerpt) {
    return new ExcerptView(
        TurnViews.of(excerpt.turn()),
        excerpt.score(),
        excerpt.reasons().stream().map(reason -> reason.name().toLowerCase(Locale.ROOT)).toList());
  }
}
