package io.madeleine.memory.retrieval;

import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.retrieval.Introductions.Named;
import io.madeleine.memory.retrieval.RankedTurn.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;

/**
 * Asks again by name. "Where does my sister live?" has two hops: one turn says that Mara is the
 * sister, another where Mara lives, and the second shares no word with the question. So where a
 * turn gives a name to "my sister", the question is asked with the name in it as well, and every
 * turn keeps the better of its scores. Asking again with whatever words the best turns say finds
 * less than it displaces (docs/measurements/retrieval.md); this asks only where it knows the name.
 */
final class SecondQuestions {

  private static final int LOOKED_AT = 24;
  private static final int MOST_NAMES = 2;

  private final Retriever retriever;
  private final LongFunction<String> texts;

  SecondQuestions(Retriever retriever, LongFunction<String> texts) {
    this.retriever = retriever;
    this.texts = texts;
  }

  /** {@return {@code direct} and what the same question finds by name, best first} */
  List<RankedTurn> joined(RecallRequest request, List<RankedTurn> direct) {
    Map<Named, Long> known = introductions(request);
    if (known.isEmpty() || direct.isEmpty()) {
      return direct;
    }
    Map<Long, RankedTurn> best = new LinkedHashMap<>();
    direct.forEach(turn -> best.put(turn.sequence(), turn));
    known.keySet().forEach(named -> asked(request, named).forEach(turn -> raise(best, turn)));
    float top = best.values().stream().map(RankedTurn::score).max(Float::compare).orElseThrow();
    known.values().forEach(said -> best.computeIfPresent(said, (s, turn) -> byName(turn, top)));
    return best.values().stream()
        .sorted(Comparator.comparingDouble((RankedTurn turn) -> -turn.score()))
        .limit(Retriever.RETURNED)
        .toList();
  }

  /** Names for what the question calls the asker's, the newest first, and the turns that say so. */
  private Map<Named, Long> introductions(RecallRequest request) {
    List<String> relations = Introductions.relations(request.question());
    Map<Named, Long> known = new LinkedHashMap<>();
    for (String relation : relations) {
      if (relation.indexOf(' ') < 0) {
        for (long sequence : newestFirst(request, relation)) {
          Introductions.in(texts.apply(sequence), relations)
              .filter(named -> known.size() < MOST_NAMES)
              .ifPresent(named -> known.putIfAbsent(named, sequence));
        }
      }
    }
    return known;
  }

  /** Turns that may introduce somebody; where it is known who asks, only that person's. */
  private List<Long> newestFirst(RecallRequest request, String relation) {
    TurnFilter all = request.filter().anytime();
    TurnFilter own = request.askedBy().map(asker -> all.saidBy(Set.of(asker))).orElse(all);
    var question = new RecallRequest(own, "the name of my " + relation, request.now());
    return retriever.rank(question, Optional.empty()).stream()
        .limit(LOOKED_AT)
        .map(RankedTurn::sequence)
        .sorted(Comparator.reverseOrder())
        .toList();
  }

  private List<RankedTurn> asked(RecallRequest request, Named named) {
    String renamed = Introductions.renamed(request.question(), named);
    return retriever.ask(
        new RecallRequest(request.filter(), renamed, request.now(), request.askedBy()));
  }

  private static void raise(Map<Long, RankedTurn> best, RankedTurn turn) {
    best.merge(
        turn.sequence(),
        byName(turn, turn.score()),
        (known, found) -> known.score() >= found.score() ? known : found);
  }

  private static RankedTurn byName(RankedTurn turn, float score) {
    List<Reason> reasons = new ArrayList<>(turn.reasons());
    reasons.addFirst(Reason.NAME);
    return new RankedTurn(turn.sequence(), score, reasons);
  }
}
