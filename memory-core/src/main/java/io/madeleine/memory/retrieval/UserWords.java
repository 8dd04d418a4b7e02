package io.madeleine.memory.retrieval;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.LogException;
import io.madeleine.memory.history.TurnLog;
import java.util.Optional;
import java.util.stream.Collectors;

/** What people said in a turn, without what the model answered. */
@FunctionalInterface
public interface UserWords {

  /**
   * {@return the words, empty if there are none or the turn is not there any more}
   *
   * @param sequence the turn's, in the log
   * @param speaker only what this one said, whatever the case of the letters; all if empty
   */
  String of(long sequence, Optional<String> speaker);

  /** {@return those of the turns of {@code log}; of a turn that cannot be read, none} */
  static UserWords in(TurnLog log) {
    return (sequence, speaker) -> {
      try {
        return log.turn(sequence).stream()
            .flatMap(turn -> turn.messages().stream())
            .filter(said -> speaker.map(said.speaker()::equalsIgnoreCase).orElse(true))
            .map(said -> said.body() instanceof ChatMessage.User user ? user.text() : "")
            .collect(Collectors.joining("\n"));
      } catch (LogException e) {
        return ""; // who needs the turn itself will be told
      }
    };
  }
}
