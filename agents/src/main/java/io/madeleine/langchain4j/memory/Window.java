package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.TokenCountEstimator;
import java.util.List;

/** How much of the history a model sees: always whole turns, the newest ones. */
public sealed interface Window {

  /** Takes turns, newest first, until one does not fit. */
  @FunctionalInterface
  interface Room {

    /** {@return whether {@code turn} fits; then there is less room} */
    boolean takes(List<ChatMessage> turn);
  }

  /**
   * {@return the room that is left for older turns}
   *
   * @param fixed the system message and the turn that is going on, which are never cut
   */
  Room beside(List<ChatMessage> fixed);

  /**
   * The newest turns, whatever their length.
   *
   * @param turns how many, at least 0
   */
  record Turns(int turns) implements Window {

    public Turns {
      if (turns < 0) {
        throw new IllegalArgumentException("a window has at least 0 turns, but got " + turns);
      }
    }

    @Override
    public Room beside(List<ChatMessage> fixed) {
      int[] left = {turns};
      return turn -> left[0]-- > 0;
    }
  }

  /**
   * The newest turns that fit into so many tokens together with the system message and the turn
   * that is going on. A budget that those two exceed alone leaves no room for older turns.
   *
   * @param tokens how many, at least 1
   * @param estimator counts them
   */
  record Tokens(int tokens, TokenCountEstimator estimator) implements Window {

    public Tokens {
      if (tokens < 1) {
        throw new IllegalArgumentException("a window has at least 1 token, but got " + tokens);
      }
    }

    @Override
    public Room beside(List<ChatMessage> fixed) {
      int[] left = {tokens - count(fixed)};
      return turn -> {
        left[0] -= count(turn);
        return left[0] >= 0;
      };
    }

    private int count(List<ChatMessage> messages) {
      // Some estimators fail on an empty list.
      return messages.isEmpty() ? 0 : estimator.estimateTokenCountInMessages(messages);
    }
  }
}
