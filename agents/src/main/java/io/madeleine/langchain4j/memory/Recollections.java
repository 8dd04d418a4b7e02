package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.UserMessage;
import io.madeleine.langchain4j.message.Messages;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.retrieval.RecallRequest;
import java.time.Clock;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** The ways to recollect. */
public final class Recollections {

  private Recollections() {}

  /**
   * {@return recalls from the same conversation what the question needs, with dates in UTC}
   *
   * @param memory over the log of the chat memories
   * @param budgetTokens how many tokens the excerpts may take together
   */
  public static Recollection over(Memory memory, int budgetTokens) {
    return over(memory, budgetTokens, Clock.systemUTC(), ZoneOffset.UTC);
  }

  /**
   * {@return recalls from the same conversation what the question needs}
   *
   * @param memory over the log of the chat memories
   * @param budgetTokens how many tokens the excerpts may take together
   * @param clock says when "last week" was
   * @param zone whose dates are written
   */
  public static Recollection over(Memory memory, int budgetTokens, Clock clock, ZoneId zone) {
    return (conversation, asked) -> {
      memory.catchUp();
      var request = request(TurnFilter.in(conversation), asked, clock);
      return memory.recall(request, budgetTokens).fenced(zone);
    };
  }

  /**
   * {@return recalls what the question needs and a model that sees the newest turns does not see;
   * finds nothing in a conversation that is all in sight} What counts is where a turn stands in the
   * log: many may have been said at one time, an import's for example.
   *
   * @param turns how many of the newest a model sees
   * @param memory over the log of the chat memories
   * @param budgetTokens how many tokens the excerpts may take together
   * @param clock says when "last week" was
   * @param zone whose dates are written
   */
  public static Recollection beyond(
      int turns, Memory memory, int budgetTokens, Clock clock, ZoneId zone) {
    return (conversation, asked) -> {
      if (memory.log().size(conversation) <= turns) {
        return "";
      }
      TurnFilter whole = TurnFilter.in(conversation);
      TurnFilter unseen =
          memory.log().latest(conversation, turns).stream()
              .findFirst()
              .map(oldest -> whole.before(oldest.sequence()))
              .orElse(whole);
      memory.catchUp();
      var request = request(unseen, asked, clock);
      return memory.recall(request, budgetTokens).fenced(zone);
    };
  }

  private static RecallRequest request(TurnFilter filter, UserMessage asked, Clock clock) {
    return new RecallRequest(
        filter, Messages.words(asked), clock.instant(), Messages.speaker(asked));
  }
}
