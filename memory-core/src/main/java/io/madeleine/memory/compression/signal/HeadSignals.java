package io.madeleine.memory.compression.signal;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one KV head's slots. A scorer reads only the {@link Signal signals} that it
 * declared; reading another one is a bug of ours and fails.
 *
 * <p>Holds its arrays without copying; nobody changes them. Not thread-safe.
 */
public final class HeadSignals {

  private final int layer;
  private final int kvHead;
  private final int headDim;
  private final int[] positions;
  private final float @Nullable [] keys;
  private final float @Nullable [] values;
  private final @Nullable QueryWindow window;
  private final List<QueryWindow> probes;
  private final float @Nullable [] attentionSum;
  private final float @Nullable [] attentionCount;
  private final List<QueryStatistics> statistics;
  private final float @Nullable [] outputNorms;
  private final @Nullable Recurrence recurrence;
  private final @Nullable Double retrieval;

  private HeadSignals(Builder from) {
    layer = from.layer;
    kvHead = from.kvHead;
    headDim = from.headDim;
    positions = from.positions;
    keys = from.keys;
    values = from.values;
    window = from.window;
    probes = List.copyOf(from.probes);
    attentionSum = from.attentionSum;
    attentionCount = from.attentionCount;
    statistics = List.copyOf(from.statistics);
    outputNorms = from.outputNorms;
    recurrence = from.recurrence;
    retrieval = from.retrieval;
  }

  /**
   * {@return a builder for the head's signals}
   *
   * @param positions of the slots, strictly ascending
   */
  public static Builder of(int layer, int kvHead, int headDim, int[] positions) {
    return new Builder(layer, kvHead, headDim, positions);
  }

  /** {@return the layer, from 0} */
  public int layer() {
    return layer;
  }

  /** {@return the KV head within its layer, from 0} */
  public int kvHead() {
    return kvHead;
  }

  /** {@return numbers in one key} */
  public int headDim() {
    return headDim;
  }

  /** {@return how many slots the head holds} */
  public int size() {
    return positions.length;
  }

  /** {@return the position of {@code slot}} */
  public int position(int slot) {
    return positions[slot];
  }

  /** {@return keys after rotation, {@code [slots × headDim]}} */
  public float[] keys() {
    return given(keys, Signal.KEYS);
  }

  /** {@return values, {@code [slots × headDim]}} */
  public float[] values() {
    return given(values, Signal.VALUES);
  }

  /** {@return queries of the last tokens} */
  public QueryWindow window() {
    return given(window, Signal.WINDOW_QUERIES);
  }

  /** {@return queries of the probing prompts, at least one} */
  public List<QueryWindow> probes() {
    return given(probes.isEmpty() ? null : probes, Signal.PROBE_QUERIES);
  }

  /** {@return attention that each slot received, summed over queries} */
  public float[] attentionSum() {
    return given(attentionSum, Signal.ACCUMULATED_ATTENTION);
  }

  /** {@return queries that could see each slot} */
  public float[] attentionCount() {
    return given(attentionCount, Signal.ACCUMULATED_ATTENTION);
  }

  /** {@return statistics of the group's query heads, at least one} */
  public List<QueryStatistics> statistics() {
    return given(statistics.isEmpty() ? null : statistics, Signal.QUERY_STATISTICS);
  }

  /** {@return {@code ‖W_o v‖₁} of each slot, averaged over the group} */
  public float[] outputNorms() {
    return given(outputNorms, Signal.OUTPUT_NORMS);
  }

  /** {@return when each slot was attended to} */
  public Recurrence recurrence() {
    return given(recurrence, Signal.RECURRENCE);
  }

  /** {@return how much the head looks things up; more is more} */
  public double retrieval() {
    return given(retrieval, Signal.RETRIEVAL_PROFILE);
  }

  private static <T> T given(@Nullable T value, Signal signal) {
    if (value == null) {
      throw new IllegalStateException(
          "%s was not observed; a policy that reads it must declare it".formatted(signal));
    }
    return value;
  }

  /** Collects what is known of a head. */
  public static final class Builder {
    private final int layer;
    private final int kvHead;
    private final int headDim;
    private final int[] positions;
    private float @Nullable [] keys;
    private float @Nullable [] values;
    private @Nullable QueryWindow window;
    private final List<QueryWindow> probes = new ArrayList<>();
    private float @Nullable [] attentionSum;
    private float @Nullable [] attentionCount;
    private final List<QueryStatistics> statistics = new ArrayList<>();
    private float @Nullable [] outputNorms;
    private @Nullable Recurrence recurrence;
    private @Nullable Double retrieval;

    private Builder(int layer, int kvHead, int headDim, int[] positions) {
      this.layer = layer;
      this.kvHead = kvHead;
      this.headDim = headDim;
      this.positions = positions;
    }

    /** Keys after rotation, {@code [slots × headDim]}. */
    public Builder keys(float[] array) {
      keys = checked("keys", array, headDim);
      return this;
    }

    /** Values, {@code [slots × headDim]}. */
    public Builder values(float[] array) {
      values = checked("values", array, headDim);
      return this;
    }

    /** Queries of the last tokens. */
    public Builder window(QueryWindow queries) {
      window = queries;
      return this;
    }

    /** Queries of a probing prompt; may be called several times. */
    public Builder probe(QueryWindow queries) {
      probes.add(queries);
      return this;
    }

    /** Attention received, {@code [slots]}, and by how many queries, {@code [slots]}. */
    public Builder accumulated(float[] sum, float[] count) {
      attentionSum = checked("attention sums", sum, 1);
      attentionCount = checked("attention counts", count, 1);
      return this;
    }

    /** Statistics of one query head; called once for each of the group. */
    public Builder statistics(QueryStatistics ofQueryHead) {
      statistics.add(ofQueryHead);
      return this;
    }

    /** {@code ‖W_o v‖₁}, {@code [slots]}. */
    public Builder outputNorms(float[] array) {
      outputNorms = checked("output norms", array, 1);
      return this;
    }

    /** When each slot was attended to. */
    public Builder recurrence(Recurrence seen) {
      recurrence = seen;
      return this;
    }

    /** How much the head looks things up. */
    public Builder retrieval(double value) {
      retrieval = value;
      return this;
    }

    /** {@return the signals} */
    public HeadSignals build() {
      return new HeadSignals(this);
    }

    private float[] checked(String what, float[] array, int each) {
      if (array.length != positions.length * each) {
        throw new IllegalArgumentException(
            "%s of %d slots × %d must be %d numbers, but are %d"
                .formatted(what, positions.length, each, positions.length * each, array.length));
      }
      return array;
    }
  }
}
