package io.madeleine.memory.retrieval;

import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.retrieval.Introductions.Relation;
import io.madeleine.memory.retrieval.RankedTurn.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Asks again by name. "Where does my sister live?" has two hops: one turn says that Mara is the
 * sister, another where Mara lives, and the second shares no word with the question. So where a
 * turn gives a name to "my sister", "Where does Mara live?" is asked as well, and a turn that says
 * the name, or stands behind one that does, keeps the better of its two scores. Asking again with
 * whatever words the best turns say finds less than it displaces (docs/measurements/retrieval.md);
 * this asks only where it knows the name.
 */
final class SecondQuestions {

  private static final int LOOKED_AT = 24;
  private static final int MOST_NAMES = 2;

  /** Somebody's name, and the turn that says whose it is. */
  private record Known(Relation relation, String name, long said) {}

  private final Retriever retriever;
  private final UserWords words;

  SecondQuestions(Retriever retriever, UserWords words) {
    this.retriever = retriever;
    this.words = words;
  }

  /**
   * {@return {@code direct} and what the same question finds by name, best first}
   *
   * @param byMeaning whether {@code direct} was found by a vector as well
   */
  List<RankedTurn> joined(RecallRequest request, List<RankedTurn> direct, boolean byMeaning) {
    List<Known> known = known(request);
    if (known.isEmpty()) {
      return direct;
    }
    Map<Long, RankedTurn> best = new LinkedHashMap<>();
    direct.forEach(turn -> best.put(turn.sequence(), turn));
    known.forEach(one -> asked(request, one, byMeaning).forEach(turn -> raise(best, turn)));
    known.forEach(one -> first(best, one.said()));
    return best.values().stream()
        .sorted(Comparator.comparingDouble((RankedTurn turn) -> -turn.score()))
        .limit(Retriever.RETURNED)
        .toList();
  }

  /** Names of those whom the question calls the asker's, of each the newest first. */
  private List<Known> known(RecallRequest request) {
    List<Known> known = new ArrayList<>();
    for (Relation relation : Introductions.asked(request.question())) {
      List<Long> newestFirst = introducing(request, relation);
      for (int i = 0; i < newestFirst.size() && known.size() < MOST_NAMES; i++) {
        long said = newestFirst.get(i);
        Introductions.names(words.of(said, request.askedBy()), relation).stream()
            .filter(name -> known.stream().noneMatch(other -> other.name().equals(name)))
            .limit(MOST_NAMES - known.size())
            .map(name -> new Known(relation, name, said))
            .toList()
            .forEach(known::add);
      }
    }
    return known;
  }

  /** Turns that may say who it is, at any time; where it is known who asks, only that one's. */
  private List<Long> introducing(RecallRequest request, Relation relation) {
    TurnFilter all = request.filter().anytime();
    TurnFilter own = request.askedBy().map(asker -> all.saidBy(Set.of(asker))).orElse(all);
    var question = new RecallRequest(own, "the name of my " + relation.head(), request.now());
    return retriever.rank(question, Optional.empty()).stream()
        .limit(LOOKED_AT)
        .map(RankedTurn::sequence)
        .sorted(Comparator.reverseOrder())
        .toList();
  }

  /**
   * What the question finds with the name in it, of the turns that say it and those behind them.
   */
  private List<RankedTurn> asked(RecallRequest request, Known known, boolean byMeaning) {
    String question = Introductions.renamed(request.question(), known.relation(), known.name());
    Optional<float[]> vector = byMeaning ? retriever.vectorOf(question) : Optional.empty();
    if (vector.isPresent() != byMeaning) {
      return List.of(); // scores by words and by meaning do not compare
    }
    Set<Long> about = saying(request, known.name());
    return retriever.rank(asking(request, question), vector).stream()
        .filter(turn -> about.contains(turn.sequence()) || about.contains(turn.sequence() - 1))
        .toList();
  }

  private Set<Long> saying(RecallRequest request, String name) {
    return retriever.rank(asking(request, name), Optional.empty()).stream()
        .filter(turn -> turn.reasons().contains(Reason.WORDS))
        .map(RankedTurn::sequence)
        .collect(Collectors.toSet());
  }

  private static RecallRequest asking(RecallRequest request, String question) {
    return new RecallRequest(request.filter(), question, request.now(), request.askedBy());
  }

  private static void raise(Map<Long, RankedTurn> best, RankedTurn found) {
    RankedTurn known = best.get(found.sequence());
    if (known == null || known.score() < found.score()) {
      best.put(found.sequence(), byName(found, found.score()));
    }
  }

  /** Whom the answer is about must be known, whatever else there is room for. */
  private static void first(Map<Long, RankedTurn> best, long said) {
    RankedTurn known = best.get(said);
    if (known != null) {
      float top = best.values().stream().map(RankedTurn::score).max(Float::compare).orElseThrow();
      best.put(said, byName(known, Math.nextUp(top)));
    }
  }

  private static RankedTurn byName(RankedTurn turn, float score) {
    List<Reason> reasons = new ArrayList<>(turn.reasons());
    reasons.remove(Reason.NAME);
    reasons.addFirst(Reason.NAME);
    return new RankedTurn(turn.sequence(), score, reasons);
  }
}
