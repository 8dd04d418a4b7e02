package io.madeleine.evaluation.segmentation;

import io.madeleine.memory.segmentation.Utterance;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Dialogues sewn together from pieces of others: the seams are boundaries that nobody had to label.
 * A piece is the head of a dialogue, now and then with its last turns.
 */
final class Joins {

  private static final int FEWEST_PIECES = 3;
  private static final int MOST_PIECES = 7;
  private static final int LONGEST_HEAD = 8;

  private final SplittableRandom random;

  Joins(long seed) {
    random = new SplittableRandom(seed);
  }

  /** {@return {@code count} dialogues, each piece drawn from a source drawn evenly} */
  List<SegmentedDialogue> of(List<List<SegmentedDialogue>> sources, int count) {
    List<SegmentedDialogue> joined = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<Utterance> turns = new ArrayList<>();
      Set<Integer> seams = new HashSet<>();
      for (int p = random.nextInt(FEWEST_PIECES, MOST_PIECES + 1); p > 0; p--) {
        if (!turns.isEmpty()) {
          seams.add(turns.size());
        }
        var source = sources.get(random.nextInt(sources.size()));
        turns.addAll(piece(source.get(random.nextInt(source.size())).turns()));
      }
      joined.add(new SegmentedDialogue("joined-" + i, turns, seams));
    }
    return joined;
  }

  private List<Utterance> piece(List<Utterance> turns) {
    int size = turns.size();
    if (size <= LONGEST_HEAD && random.nextBoolean()) {
      return turns;
    }
    int head = Math.min(size, random.nextInt(2, LONGEST_HEAD + 1));
    List<Utterance> piece = new ArrayList<>(turns.subList(0, head));
    if (size > head + 2 && random.nextDouble() < .4) {
      int tail = random.nextInt(1, 4);
      piece.addAll(turns.subList(Math.max(head, size - tail), size));
    }
    return piece;
  }

  /** {@return {@code count} stretches of {@code length} sessions of long conversations, undated} */
  List<SegmentedDialogue> sessions(List<SegmentedDialogue> conversations, int length, int count) {
    List<SegmentedDialogue> stretches = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      var whole = conversations.get(random.nextInt(conversations.size()));
      List<Integer> starts = whole.boundaries().stream().sorted().toList();
      int first = random.nextInt(starts.size() - length);
      int from = starts.get(first);
      int to = starts.get(first + length);
      var turns = whole.turns().subList(from, to).stream().map(Utterance::undated).toList();
      Set<Integer> inside = new HashSet<>();
      starts.stream().filter(s -> s > from && s < to).forEach(s -> inside.add(s - from));
      stretches.add(new SegmentedDialogue(whole.id() + "-" + i, turns, inside));
    }
    return stretches;
  }
}
