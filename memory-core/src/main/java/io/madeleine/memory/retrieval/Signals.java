package io.madeleine.memory.retrieval;

import io.madeleine.memory.index.match.Matches;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Every {@link Signal} of every row of {@link Matches}.
 *
 * <p>BM25 (Robertson and Zaragoza, 2009, k₁ = 1.2, b = 0.75) is computed here from counts, because
 * a turn is judged together with its neighbours: their counts and lengths are added, and the sum is
 * one document. Neighbours end where a conversation pauses for longer than {@link #PAUSE_MILLIS}.
 */
public final class Signals {

  /** A pause after which neighbours are no context any more: two hours. */
  static final long PAUSE_MILLIS = 2 * 60 * 60 * 1000L;

  private static final float K1 = 1.2f;
  private static final float B = 0.75f;
  private static final float CHARACTERS_PER_TOKEN = 4.2f;

  /** What stands between the words of a name, of whatever alphabet: "Søren" is one of them. */
  private static final Pattern BETWEEN_WORDS = Pattern.compile("[^\\p{L}\\p{M}\\p{N}]+");

  private final Matches rows;
  private final EnumMap<Signal, float[]> values = new EnumMap<>(Signal.class);
  private final int[] stretch;

  private Signals(Matches rows) {
    this.rows = rows;
    this.stretch = stretches(rows);
  }

  /** {@return the signals of {@code rows} for {@code request}; days are those of {@code zone}} */
  public static Signals of(Matches rows, RecallRequest request, ZoneId zone) {
    var signals = new Signals(rows);
    Set<String> named = signals.speakers(request);
    signals.words(named);
    signals.people(named);
    signals.shape();
    signals.times(Times.of(request.question(), LocalDate.ofInstant(request.now(), zone)), zone);
    signals.vectors();
    return signals;
  }

  /** {@return {@code signal} of row {@code i}} */
  public float value(Signal signal, int i) {
    return column(signal)[i];
  }

  /** {@return how many rows there are} */
  public int size() {
    return rows.size();
  }

  float[] column(Signal signal) {
    return values.computeIfAbsent(signal, s -> new float[rows.size()]);
  }

  /** {@return a number per row; neighbours with equal numbers are one uninterrupted stretch} */
  private static int[] stretches(Matches rows) {
    var stretch = new int[rows.size()];
    for (int i = 1; i < stretch.length; i++) {
      boolean goesOn =
          rows.conversation(i) == rows.conversation(i - 1)
              && rows.place(i) == rows.place(i - 1) + 1
              && rows.at(i) - rows.at(i - 1) <= PAUSE_MILLIS;
      stretch[i] = goesOn ? stretch[i - 1] : stretch[i - 1] + 1;
    }
    return stretch;
  }

  private Set<String> speakers(RecallRequest request) {
    Set<String> all = new LinkedHashSet<>();
    for (int i = 0; i < rows.size(); i++) {
      all.add(rows.speaker(i));
    }
    return Names.named(request.question(), all, request.askedBy().map(Set::of).orElseGet(Set::of));
  }

  private void words(Set<String> named) {
    Matches.Lexicon stems = rows.stems();
    var said = new Sums(stems);
    boolean[] topical = chosen(stems, named);
    bm25(Signal.NEAR_NAMED, said, chosen(stems, Set.of()), 1, 1);
    bm25(Signal.TURN, said, topical, 0, 0);
    bm25(Signal.PAIR, said, topical, 1, 0);
    bm25(Signal.NEAR, said, topical, 1, 1);
    bm25(Signal.AROUND, said, topical, 2, 2);
    bm25(Signal.SCENE, said, topical, 4, 4);
    covers(Signal.COVERS, said, topical, 0);
    covers(Signal.COVERS_NEAR, said, topical, 1);
    var begun = new Sums(rows.heads());
    boolean[] heads = chosen(rows.heads(), named);
    bm25(Signal.HEADS, begun, heads, 0, 0);
    bm25(Signal.HEADS_NEAR, begun, heads, 1, 1);
    covers(Signal.COVERS_HEADS, begun, heads, 0);
    covers(Signal.COVERS_HEADS_NEAR, begun, heads, 1);
    squares(Signal.COVERS_HEADS, Signal.COVERS_HEADS_SQUARED);
  }

  /** All terms but the names of speakers, which half of all turns say; all if nothing is left. */
  private static boolean[] chosen(Matches.Lexicon lexicon, Set<String> named) {
    var chosen = new boolean[lexicon.terms().size()];
    boolean any = false;
    for (int t = 0; t < chosen.length; t++) {
      String term = lexicon.terms().get(t);
      chosen[t] = named.stream().noneMatch(name -> isPartOf(term, name));
      any |= chosen[t];
    }
    for (int t = 0; !any && t < chosen.length; t++) {
      chosen[t] = true;
    }
    return chosen;
  }

  private void squares(Signal of, Signal squared) {
    float[] from = column(of);
    float[] to = column(squared);
    for (int i = 0; i < to.length; i++) {
      to[i] = from[i] * from[i];
    }
  }

  private static boolean isPartOf(String term, String name) {
    for (String part : BETWEEN_WORDS.split(name.toLowerCase(Locale.ROOT))) {
      int shared = Math.min(term.length(), part.length());
      if (shared >= 3 && part.regionMatches(0, term, 0, shared - (shared > 4 ? 1 : 0))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Running sums of a lexicon's counts and lengths, so that any window costs one subtraction.
   * Counts are small whole numbers, and floats add those exactly.
   */
  private final class Sums {
    private final Matches.Lexicon lexicon;
    private final float[] lengths = new float[rows.size() + 1];
    private final float[][] counts;

    Sums(Matches.Lexicon lexicon) {
      this.lexicon = lexicon;
      this.counts = new float[lexicon.terms().size()][rows.size() + 1];
      for (int i = 0; i < rows.size(); i++) {
        lengths[i + 1] = lengths[i] + lexicon.length(i);
      }
      for (int t = 0; t < counts.length; t++) {
        float[] sums = counts[t];
        for (int i = 0; i < rows.size(); i++) {
          sums[i + 1] = sums[i] + lexicon.count(t, i);
        }
      }
    }

    boolean isSaid(int term) {
      return counts[term][rows.size()] > 0;
    }
  }

  private void bm25(Signal signal, Sums said, boolean[] chosen, int before, int after) {
    float[] out = column(signal);
    int[] from = from(before);
    int[] to = to(after);
    float usual =
        said.lexicon.averageLength() * (1 + 0.95f * (before + after) - 0.01f * before * after);
    var damping = new float[out.length];
    for (int i = 0; i < out.length; i++) {
      float length = said.lengths[to[i]] - said.lengths[from[i]];
      damping[i] = K1 * (1 - B + B * length / usual);
    }
    float reachable = 0;
    for (int t = 0; t < chosen.length; t++) {
      if (!chosen[t]) {
        continue;
      }
      float rarity = said.lexicon.rarity(t);
      reachable += rarity;
      float[] sums = said.counts[t];
      for (int i = 0; said.isSaid(t) && i < out.length; i++) {
        float count = sums[to[i]] - sums[from[i]];
        out[i] += rarity * count / (count + damping[i]);
      }
    }
    divide(out, reachable);
  }

  private void covers(Signal signal, Sums said, boolean[] chosen, int reach) {
    float[] out = column(signal);
    int[] from = from(reach);
    int[] to = to(reach);
    float reachable = 0;
    for (int t = 0; t < chosen.length; t++) {
      if (!chosen[t]) {
        continue;
      }
      float rarity = said.lexicon.rarity(t);
      reachable += rarity;
      float[] sums = said.counts[t];
      for (int i = 0; said.isSaid(t) && i < out.length; i++) {
        out[i] += sums[to[i]] > sums[from[i]] ? rarity : 0;
      }
    }
    divide(out, reachable);
  }

  private static void divide(float[] column, float by) {
    for (int i = 0; i < column.length && by > 0; i++) {
      column[i] /= by;
    }
  }

  /** The first row of each row's window. */
  private int[] from(int before) {
    var from = new int[stretch.length];
    int start = 0;
    for (int i = 0; i < from.length; i++) {
      start = i > 0 && stretch[i] == stretch[i - 1] ? start : i;
      from[i] = Math.max(start, i - before);
    }
    return from;
  }

  /** The row behind each row's window. */
  private int[] to(int after) {
    var to = new int[stretch.length];
    int end = stretch.length;
    for (int i = to.length - 1; i >= 0; i--) {
      end = i + 1 < to.length && stretch[i] == stretch[i + 1] ? end : i + 1;
      to[i] = Math.min(end, i + 1 + after);
    }
    return to;
  }

  private void people(Set<String> named) {
    float[] speaks = column(Signal.SPEAKER);
    float[] another = column(Signal.OTHER_SPEAKER);
    for (int i = 0; i < speaks.length && !named.isEmpty(); i++) {
      boolean itself = named.contains(rows.speaker(i));
      speaks[i] = itself && named.size() == 1 ? 1 : 0;
      another[i] = itself ? 0 : 1;
    }
  }

  private void shape() {
    float[] lengths = column(Signal.LENGTH);
    float[] squares = column(Signal.LENGTH_SQUARED);
    float[] asks = column(Signal.ENDS_ASKING);
    float[] answers = column(Signal.ANSWERS);
    float[] opens = column(Signal.OPENS);
    for (int i = 0; i < lengths.length; i++) {
      float length = (float) Math.log(2 + rows.characters(i) / CHARACTERS_PER_TOKEN);
      lengths[i] = length;
      squares[i] = length * length / 10;
      asks[i] = rows.endsAsking(i) ? 1 : 0;
      answers[i] = together(i, i - 1) && rows.asks(i - 1) ? 1 : 0;
      opens[i] = together(i, i - 1) ? 0 : 1;
    }
  }

  private void times(Times times, ZoneId zone) {
    float[] names = column(Signal.NAMES_A_TIME);
    float[] tells = column(Signal.TELLS_WHEN);
    float[] dates = column(Signal.DATE);
    LocalDate day = LocalDate.MIN;
    float fit = 0;
    for (int i = 0; i < names.length; i++) {
      names[i] = rows.namesATime(i) ? 1 : 0;
      tells[i] = times.asksWhen() ? names[i] : 0;
      if (times.named()) {
        LocalDate said = LocalDate.ofInstant(Instant.ofEpochMilli(rows.at(i)), zone);
        if (!said.equals(day)) {
          day = said;
          fit = (float) times.fit(said);
        }
        dates[i] = fit;
      }
    }
  }

  private void vectors() {
    cosines(Signal.VECTOR, 0);
    cosines(Signal.VECTOR_BEFORE, -1);
    cosines(Signal.VECTOR_AFTER, 1);
    cosines(Signal.VECTOR_BEFORE_2, -2);
    cosines(Signal.VECTOR_AFTER_2, 2);
  }

  private void cosines(Signal signal, int distance) {
    float[] out = column(signal);
    for (int i = 0; i < out.length; i++) {
      out[i] = together(i, i + distance) ? rows.cosine(i + distance) : 0;
    }
  }

  /** Whether row {@code j} exists and nothing interrupts between the two. */
  boolean together(int i, int j) {
    return j >= 0 && j < stretch.length && stretch[j] == stretch[i];
  }
}
