package io.madeleine.cli.chat;

import io.madeleine.conversation.mind.EpisodicTurn;
import io.madeleine.conversation.mind.RecalledEpisode;
import io.madeleine.memory.retrieval.RankedTurn.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a turn cost, and what came back for it.
 *
 * @param turn that is over
 */
record TurnReport(EpisodicTurn turn) {

  /**
   * {@return it in lines}
   *
   * @param episodes of the conversation that it is of
   */
  List<String> lines(EpisodeLines episodes) {
    var lines = new ArrayList<String>();
    lines.add(
        "last turn: %,d tokens were there, %,d read, first token after %.2f s; %,d written%s"
            .formatted(
                turn.saved(), turn.read(), seconds(turn.toFirstToken()), turn.written(), speed()));
    lines.add(
        turn.recalled().isEmpty()
            ? "nothing came back for it: the latest turns are there in any case"
            : "%,d episodes came back for it (%s):".formatted(turn.recalled().size(), turn.why()));
    for (RecalledEpisode recalled : turn.recalled()) {
      lines.add("  " + episodes.line(recalled.episode(), recalled.from()) + because(recalled));
    }
    return lines;
  }

  private String speed() {
    return turn.writing().isZero()
        ? ""
        : " in %.2f s (%.1f tokens/s)"
            .formatted(seconds(turn.writing()), turn.written() / seconds(turn.writing()));
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  private static String because(RecalledEpisode recalled) {
    return recalled.because().reasons().stream()
        .findFirst()
        .map(reason -> "  [" + words(reason) + "]")
        .orElse("");
  }

  private static String words(Reason reason) {
    return switch (reason) {
      case NAME -> "it says who is meant";
      case WORDS -> "it says the question's words";
      case MEANING -> "it means something alike";
      case SURROUNDINGS -> "what stands around it is alike";
      case SPEAKER -> "the question names who said it";
      case TIME -> "it is of that time";
    };
  }
}
