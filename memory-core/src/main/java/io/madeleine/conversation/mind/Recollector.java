package io.madeleine.conversation.mind;

import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.retrieval.RankedTurn;
import io.madeleine.memory.retrieval.RecallRequest;
import io.madeleine.memory.retrieval.Retriever;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Finds the episodes that a question needs: turns are found, their episodes come back. */
final class Recollector {

  private final Retriever retriever;
  private final TurnLog log;
  private final Clock clock;
  private final int mostTurns;

  Recollector(Retriever retriever, TurnLog log, Clock clock, int mostTurns) {
    this.retriever = retriever;
    this.log = log;
    this.clock = clock;
    this.mostTurns = mostTurns;
  }

  /** {@return episodes that may help, most wanted first, each with the best turn in it} */
  Map<Episode, RankedTurn> find(ConversationKey conversation, String question, OpenMind now) {
    var request = new RecallRequest(TurnFilter.in(conversation), question, clock.instant());
    var found = new LinkedHashMap<Episode, RankedTurn>();
    List<Episode> episodes = now.cache().episodes();
    List<RankedTurn> ranked = retriever.rank(request);
    for (RankedTurn turn : ranked.subList(0, Math.min(mostTurns, ranked.size()))) {
      OptionalInt place = placeOf(turn, now);
      for (Episode episode : episodes) {
        if (place.isPresent() && episode.touches(place.getAsInt())) {
          found.putIfAbsent(episode, turn);
        }
      }
    }
    return found;
  }

  /** {@return where a turn stands; nowhere if it was forgotten since this mind was opened} */
  private OptionalInt placeOf(RankedTurn turn, OpenMind now) {
    return log.turn(turn.sequence()).isPresent()
        ? now.places().of(turn.sequence())
        : OptionalInt.empty();
  }
}
