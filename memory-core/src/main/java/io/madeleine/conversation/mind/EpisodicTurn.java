package io.madeleine.conversation.mind;

import io.madeleine.engine.generation.FinishReason;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.history.LoggedTurn;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A turn that is over.
 *
 * @param answer what the model said
 * @param finish why it stopped
 * @param logged the turn in the history; empty if it was cancelled
 * @param mode in which the past came back; never AUTO
 * @param why in this mode, in a sentence for people
 * @param recalled what came back for it, in the order of time
 * @param closed the episodes that it ended
 * @param read tokens that the model read for it, excerpts of earlier turns included
 * @param saved tokens of the conversation that it did not have to read again
 * @param written tokens of the answer
 * @param toFirstToken from the question to the first token
 * @param writing from the first token to the last, reasoning included
 * @param rereading what reading the whole conversation would have taken, at the speed of this
 *     turn's own reading or that of an earlier one
 * @param bytesMoved of keys and values, from slower tiers
 * @param kvBytes of keys and values in the working cache
 * @param kvBytesFull that the whole conversation would take
 */
public record EpisodicTurn(
    ChatMessage.Assistant answer,
    FinishReason finish,
    Optional<LoggedTurn> logged,
    RecallMode mode,
    String why,
    List<RecalledEpisode> recalled,
    List<Episode> closed,
    int read,
    int saved,
    int written,
    Duration toFirstToken,
    Duration writing,
    Duration rereading,
    long bytesMoved,
    long kvBytes,
    long kvBytesFull) {

  public EpisodicTurn {
    recalled = List.copyOf(recalled);
    closed = List.copyOf(closed);
  }

  /** {@return a turn that was cancelled before the model had read the question} */
  static EpisodicTurn unread(String why) {
    return new EpisodicTurn(
        new ChatMessage.Assistant(""),
        FinishReason.CANCELLED,
        Optional.empty(),
        RecallMode.TEXT,
        why,
        List.of(),
        List.of(),
        0,
        0,
        0,
        Duration.ZERO,
        Duration.ZERO,
        Duration.ZERO,
        0,
        0,
        0);
  }
}
