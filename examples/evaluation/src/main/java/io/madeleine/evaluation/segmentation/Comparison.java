package io.madeleine.evaluation.segmentation;

import io.madeleine.memory.segmentation.Boundary;
import io.madeleine.memory.segmentation.BoundaryModel;
import io.madeleine.memory.segmentation.SegmentationSettings;
import io.madeleine.memory.segmentation.StreamSegmenter;
import io.madeleine.memory.segmentation.Utterance;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** The segmenter on one set, beside random cuts of the same density and simple rules. */
final class Comparison {

  private static final int CONTROL_DRAWS = 20;
  private static final long SEED = 42;

  private final SegmentationData data;
  private final SegmentationSettings settings;
  private final List<Row> rows = new ArrayList<>();

  /**
   * @param settings the one setting for all sets, without look-ahead
   */
  Comparison(SegmentationData data, SegmentationSettings settings) {
    this.data = data;
    this.settings = settings;
  }

  List<Row> rows() {
    ours("madeleine");
    control();
    rule("no boundary", _ -> Set.of());
    rule("every second turn", Comparison::everySecond);
    return List.copyOf(rows);
  }

  /** With dates the boundaries of a sessions file are its sittings; without, all that is found. */
  private void ours(String name) {
    Predicate<Boundary> sittings = b -> b.level() == Boundary.Level.SITTING;
    for (int ahead = 0; ahead <= BoundaryModel.MOST_LOOK_AHEAD; ahead++) {
      var looking = settings.withLookAhead(ahead);
      Predicate<Boundary> counted = data.sessions() ? sittings : _ -> true;
      List<Set<Integer>> found = found(looking, t -> t, counted);
      add(name, ahead, found);
      addHalves(name, ahead, found);
      if (data.sessions()) {
        add(name + ", sittings and topics", ahead, found(looking, t -> t, _ -> true));
        List<Set<Integer>> undated = found(looking, Utterance::undated, _ -> true);
        add(name + ", without dates", ahead, undated);
        addHalves(name + ", without dates", ahead, undated);
      }
    }
    if (!data.sessions()) {
      add(name + ", without vectors", 0, found(settings, Comparison::wordsOnly, _ -> true));
    }
  }

  private static Utterance wordsOnly(Utterance turn) {
    return Utterance.of(turn.speaker(), turn.text());
  }

  private List<Set<Integer>> found(
      SegmentationSettings using, UnaryOperator<Utterance> view, Predicate<Boundary> counted) {
    return data.dialogues().stream()
        .map(dialogue -> dialogue.turns().stream().map(view).toList())
        .map(turns -> StreamSegmenter.segment(turns, using))
        .map(
            boundaries ->
                boundaries.stream().filter(counted).map(Boundary::turn).collect(Collectors.toSet()))
        .toList();
  }

  private void add(String method, int ahead, List<Set<Integer>> found) {
    add(method, ahead, found, 0, found.size());
  }

  private void addHalves(String method, int ahead, List<Set<Integer>> found) {
    int half = found.size() / 2;
    add(method + ", first half", ahead, found, 0, half);
    add(method + ", second half", ahead, found, half, found.size());
  }

  private void add(String method, int ahead, List<Set<Integer>> found, int from, int to) {
    List<Metrics> metrics = new ArrayList<>();
    for (int i = from; i < to; i++) {
      metrics.add(measured(data.dialogues().get(i), found.get(i)));
    }
    rows.add(new Row(method, ahead, to - from, Metrics.mean(metrics)));
  }

  private static Metrics measured(SegmentedDialogue dialogue, Set<Integer> found) {
    return Metrics.of(dialogue.boundaries(), found, dialogue.turns().size());
  }

  /** As many boundaries in each dialogue as ours without look-ahead, thrown at random. */
  private void control() {
    Predicate<Boundary> counted = b -> !data.sessions() || b.level() == Boundary.Level.SITTING;
    List<Set<Integer>> found = found(settings, t -> t, counted);
    var random = new SplittableRandom(SEED);
    List<Metrics> metrics = new ArrayList<>();
    for (int draw = 0; draw < CONTROL_DRAWS; draw++) {
      for (int i = 0; i < found.size(); i++) {
        var dialogue = data.dialogues().get(i);
        var thrown = thrown(random, found.get(i).size(), dialogue.turns().size());
        metrics.add(measured(dialogue, thrown));
      }
    }
    rows.add(new Row("random, as dense", 0, found.size(), Metrics.mean(metrics)));
  }

  private static Set<Integer> thrown(SplittableRandom random, int count, int turns) {
    Set<Integer> thrown = new HashSet<>();
    while (thrown.size() < count) {
      thrown.add(random.nextInt(1, turns));
    }
    return thrown;
  }

  private void rule(String name, Function<SegmentedDialogue, Set<Integer>> rule) {
    add(name, 0, data.dialogues().stream().map(rule).toList());
  }

  private static Set<Integer> everySecond(SegmentedDialogue dialogue) {
    Set<Integer> cuts = new HashSet<>();
    for (int turn = 2; turn < dialogue.turns().size(); turn += 2) {
      cuts.add(turn);
    }
    return cuts;
  }
}
