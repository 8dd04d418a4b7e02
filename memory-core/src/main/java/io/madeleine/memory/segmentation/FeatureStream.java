package io.madeleine.memory.segmentation;

import io.madeleine.memory.segmentation.SegmentationSettings.Likeness;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * A dialogue as the numbers that a {@link BoundaryModel} reads, one row per turn. Keeps the last
 * {@value #KEPT} turns and running averages, however long the dialogue becomes.
 *
 * <p>Use: {@link #next} with a turn, decide, {@link #decided} with the decision. A number that
 * cannot be known (no vector, no word of content) is not a number and counts for nothing.
 *
 * <p>One thread at a time.
 */
public final class FeatureStream {

  private static final int KEPT = 20;
  private static final int LIKEST_OF = 12;
  private static final int LONGEST_COUNTED = 40;

  /** Newest first. */
  private final Deque<ReadTurn> before = new ArrayDeque<>();

  private final Running adjacent = new Running(.42, .04);
  private final Running toEpisode = new Running(.5, .04);
  private final Running toLastTwo = new Running(.5, .04);
  private final Running ownLast = new Running(.4, .04);
  private final Running shared = new Running(.25, .06);
  private final Running lengths = new Running(2.4, .5);
  private final Style style = new Style();

  private final Likeness likeness;

  private String opener = "";
  private String episodeOpener = "";
  private double[] episodeSum = new double[0];
  private int episodeTurns;
  private List<Row> pending = List.of();

  /** A stream whose vectors come from the embedder that the coefficients were fitted for. */
  public FeatureStream() {
    this(Likeness.MINI_LM);
  }

  /** A stream whose vectors come from an embedder of this likeness. */
  public FeatureStream(Likeness likeness) {
    this.likeness = likeness;
  }

  private record Row(String name, Signal signal, double value) {}

  private static final List<Row> SHAPE = shape();

  /** {@return the name of each number of a row} */
  public static List<String> names() {
    return SHAPE.stream().map(Row::name).toList();
  }

  /** {@return the signal that each number of a row belongs to} */
  static List<Signal> signals() {
    return SHAPE.stream().map(Row::signal).toList();
  }

  private static List<Row> shape() {
    var stream = new FeatureStream();
    var turn = new ReadTurn(Utterance.of("a", "b"));
    stream.enter(turn, true);
    return stream.rows(turn, List.of());
  }

  /**
   * {@return the row of {@code turn} as a possible start of an episode}
   *
   * @param ahead the turns after it that may be looked at, in order; empty for none
   */
  public double[] next(Utterance turn, List<Utterance> ahead) {
    return next(new ReadTurn(turn), ahead.stream().map(ReadTurn::new).toList());
  }

  double[] next(ReadTurn turn, List<ReadTurn> ahead) {
    if (before.isEmpty()) {
      throw new IllegalStateException("the first turn opens an episode anyway: call begin with it");
    }
    style.add(turn, turn.said.speaker().equals(opener));
    pending = rows(turn, ahead);
    return pending.stream().mapToDouble(Row::value).toArray();
  }

  /** Takes the first turn of the dialogue. */
  public void begin(Utterance turn) {
    begin(new ReadTurn(turn));
  }

  void begin(ReadTurn turn) {
    opener = turn.said.speaker();
    style.add(turn, true);
    lengths.add(turn.logLength);
    enter(turn, true);
  }

  /** Takes the decision about the turn that {@link #next} was called with last. */
  public void decided(Utterance turn, boolean opens) {
    decided(new ReadTurn(turn), opens);
  }

  void decided(ReadTurn turn, boolean opens) {
    for (Row row : pending) {
      switch (row.name()) {
        case "like.last" -> adjacent.add(row.value());
        case "like.episode" -> toEpisode.add(row.value());
        case "like.lastTwo" -> toLastTwo.add(row.value());
        case "like.ownLast" -> ownLast.add(row.value());
        case "words.episode" -> shared.add(row.value());
        default -> {}
      }
    }
    lengths.add(turn.logLength);
    enter(turn, opens);
  }

  /** {@return how both sides talk so far: what tells an assistant from a chat among equals} */
  public double[] style() {
    return style.numbers();
  }

  private void enter(ReadTurn turn, boolean opens) {
    if (opens) {
      episodeOpener = turn.said.speaker();
      episodeSum = new double[0];
      episodeTurns = 0;
    }
    episodeTurns++;
    float[] vector = turn.said.vector();
    if (episodeSum.length != vector.length) {
      episodeSum = new double[vector.length];
    }
    for (int i = 0; i < vector.length; i++) {
      episodeSum[i] += vector[i];
    }
    before.addFirst(turn);
    if (before.size() > KEPT) {
      before.removeLast();
    }
  }

  private List<Row> rows(ReadTurn turn, List<ReadTurn> ahead) {
    List<Row> rows = new ArrayList<>();
    meaning(rows, turn);
    words(rows, turn);
    speakers(rows, turn);
    rhythm(rows);
    phrases(rows, turn);
    ahead(rows, turn, ahead);
    return rows;
  }

  private void meaning(List<Row> rows, ReadTurn turn) {
    double last = alike(turn, last());
    double episode = alike(turn, mean(episodeSum));
    double two = alike(turn, sum(2));
    add(rows, Signal.MEANING, "like.last", last);
    add(rows, Signal.MEANING, "like.lastTwo", two);
    add(rows, Signal.MEANING, "like.lastFour", alike(turn, sum(4)));
    add(rows, Signal.MEANING, "like.episode", episode);
    add(rows, Signal.MEANING, "like.likest", likest(turn));
    add(rows, Signal.MEANING, "like.ownLast", likeOwnLast(turn));
    add(rows, Signal.MEANING, "like.last.unusual", adjacent.deviations(last));
    add(rows, Signal.MEANING, "like.lastTwo.unusual", toLastTwo.deviations(two));
    add(rows, Signal.MEANING, "like.episode.unusual", toEpisode.deviations(episode));
    add(rows, Signal.MEANING, "like.last.usual", adjacent.mean());
  }

  private void words(List<Row> rows, ReadTurn turn) {
    Set<String> episode = wordsOf(KEPT);
    double fromEpisode = turn.sharedWith(episode);
    add(rows, Signal.WORDS, "words.last", turn.sharedWith(last().content));
    add(rows, Signal.WORDS, "words.lastThree", turn.sharedWith(wordsOf(3)));
    add(rows, Signal.WORDS, "words.episode", fromEpisode);
    add(rows, Signal.WORDS, "words.episode.unusual", shared.deviations(fromEpisode));
    long fresh = turn.content.stream().filter(word -> !episode.contains(word)).count();
    add(rows, Signal.WORDS, "words.new", Math.log1p((double) fresh));
    add(rows, Signal.WORDS, "words.none", flag(turn.content.isEmpty()));
  }

  private void speakers(List<Row> rows, ReadTurn turn) {
    String speaker = turn.said.speaker();
    add(rows, Signal.SPEAKER, "speaker.changes", flag(!speaker.equals(last().said.speaker())));
    add(rows, Signal.SPEAKER, "speaker.openedDialogue", flag(speaker.equals(opener)));
    add(rows, Signal.SPEAKER, "speaker.openedEpisode", flag(speaker.equals(episodeOpener)));
  }

  private void rhythm(List<Row> rows) {
    add(rows, Signal.RHYTHM, "episode.turns", Math.log1p(Math.min(episodeTurns, LONGEST_COUNTED)));
    add(rows, Signal.RHYTHM, "episode.oneTurn", flag(episodeTurns == 1));
    add(rows, Signal.RHYTHM, "episode.twoTurns", flag(episodeTurns == 2));
  }

  private void phrases(List<Row> rows, ReadTurn turn) {
    ReadTurn last = last();
    add(rows, Signal.PHRASE, "length", turn.logLength);
    add(rows, Signal.PHRASE, "length.unusual", lengths.deviations(turn.logLength));
    add(rows, Signal.PHRASE, "length.usual", lengths.mean());
    add(rows, Signal.PHRASE, "last.length", last.logLength);
    add(rows, Signal.PHRASE, "asks", flag(turn.asks));
    add(rows, Signal.PHRASE, "asks.atEnd", flag(turn.endsAsking));
    add(rows, Signal.PHRASE, "last.asks", flag(last.asks));
    add(rows, Signal.PHRASE, "last.asks.atEnd", flag(last.endsAsking));
    named(rows, "", turn.phrases);
    named(rows, "last.", last.phrases);
  }

  private static void named(List<Row> rows, String whose, double[] phrases) {
    int openers = Phrases.OPENER_NAMES.size();
    for (int i = 0; i < phrases.length; i++) {
      String name =
          i < openers
              ? "opens." + Phrases.OPENER_NAMES.get(i)
              : "says." + Phrases.ANYWHERE_NAMES.get(i - openers);
      add(rows, Signal.PHRASE, whose + name, phrases[i]);
    }
  }

  private void ahead(List<Row> rows, ReadTurn turn, List<ReadTurn> ahead) {
    float[] episode = mean(episodeSum);
    ReadTurn first = ahead.isEmpty() ? null : ahead.getFirst();
    ReadTurn second = ahead.size() < 2 ? null : ahead.get(1);
    double none = Double.NaN;
    add(rows, Signal.MEANING, "next.like", first == null ? none : alike(first, turn));
    add(rows, Signal.MEANING, "next.like.last", first == null ? none : alike(first, last()));
    add(rows, Signal.MEANING, "next.like.episode", first == null ? none : alike(first, episode));
    add(rows, Signal.MEANING, "second.like", second == null ? none : alike(second, turn));
    add(
        rows,
        Signal.MEANING,
        "second.like.episode",
        second == null ? none : alike(second, episode));
    Set<String> before = wordsOf(KEPT);
    add(rows, Signal.WORDS, "next.words", first == null ? none : first.sharedWith(turn.content));
    add(rows, Signal.WORDS, "next.words.episode", first == null ? none : first.sharedWith(before));
    add(
        rows,
        Signal.WORDS,
        "second.words.episode",
        second == null ? none : second.sharedWith(before));
    add(
        rows,
        Signal.SPEAKER,
        "next.speaker.changes",
        first == null ? none : flag(!first.said.speaker().equals(turn.said.speaker())));
    add(rows, Signal.PHRASE, "next.length", first == null ? none : first.logLength);
    add(rows, Signal.PHRASE, "next.asks", first == null ? none : flag(first.asks));
    add(rows, Signal.PHRASE, "next.opens.yes", first == null ? none : first.phrases[1]);
    add(rows, Signal.PHRASE, "next.opens.hello", first == null ? none : first.phrases[0]);
  }

  private double alike(ReadTurn turn, ReadTurn other) {
    return alike(turn, other.said.vector());
  }

  private double alike(ReadTurn turn, float[] meaning) {
    return likeness.scaled(ReadTurn.cosine(turn.said.vector(), meaning));
  }

  private static void add(List<Row> rows, Signal signal, String name, double value) {
    rows.add(new Row(name, signal, value));
  }

  private static double flag(boolean holds) {
    return holds ? 1 : 0;
  }

  private ReadTurn last() {
    return before.getFirst();
  }

  /** {@return the newest turns of the episode, at most {@code most}, newest first} */
  private List<ReadTurn> ofEpisode(int most) {
    List<ReadTurn> newest = new ArrayList<>();
    Iterator<ReadTurn> all = before.iterator();
    while (all.hasNext() && newest.size() < Math.min(most, episodeTurns)) {
      newest.add(all.next());
    }
    return newest;
  }

  private Set<String> wordsOf(int most) {
    Set<String> words = new HashSet<>();
    for (ReadTurn turn : ofEpisode(most)) {
      words.addAll(turn.content);
    }
    return Collections.unmodifiableSet(words);
  }

  private float[] sum(int most) {
    double[] sum = new double[last().said.vector().length];
    for (ReadTurn turn : ofEpisode(most)) {
      float[] vector = turn.said.vector();
      for (int i = 0; i < Math.min(sum.length, vector.length); i++) {
        sum[i] += vector[i];
      }
    }
    return mean(sum);
  }

  /** The cosine does not care whether it is the sum or the mean. */
  private static float[] mean(double[] sum) {
    float[] mean = new float[sum.length];
    for (int i = 0; i < sum.length; i++) {
      mean[i] = (float) sum[i];
    }
    return mean;
  }

  private double likest(ReadTurn turn) {
    double likest = Double.NaN;
    for (ReadTurn other : ofEpisode(LIKEST_OF)) {
      double like = alike(turn, other);
      likest = Double.isNaN(likest) ? like : Math.max(likest, like);
    }
    return likest;
  }

  private double likeOwnLast(ReadTurn turn) {
    for (ReadTurn other : ofEpisode(4)) {
      if (other.said.speaker().equals(turn.said.speaker())) {
        return alike(turn, other);
      }
    }
    return ownLast.mean();
  }

  /**
   * Mean and deviation of a signal so far. Starts from what is usual, as if that had been seen
   * eight times, and forgets slowly: after fifty values the newest counts a fiftieth.
   */
  private static final class Running {

    private static final int PRIOR = 8;
    private static final int MEMORY = 50;

    private double mean;
    private double variance;
    private int seen = PRIOR;

    Running(double usualMean, double usualVariance) {
      mean = usualMean;
      variance = usualVariance;
    }

    /** {@return how many deviations {@code value} lies above the mean} */
    double deviations(double value) {
      return (value - mean) / Math.max(1e-3, Math.sqrt(variance));
    }

    double mean() {
      return mean;
    }

    void add(double value) {
      if (Double.isNaN(value)) {
        return;
      }
      seen = Math.min(seen + 1, MEMORY);
      double before = value - mean;
      mean += before / seen;
      variance += (before * (value - mean) - variance) / seen;
    }
  }
}
