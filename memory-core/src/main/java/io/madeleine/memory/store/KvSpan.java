package io.madeleine.memory.store;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.Rotary;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Keys before rotation and values of a run of tokens, with the positions at which they were read.
 * Every head holds all of them, or, once a policy has been at it, some: heads may then differ, and
 * a token that no head kept is not there at all. Immutable; shares no memory with the cache that it
 * came from.
 */
public final class KvSpan {

  private final KvShape shape;
  private final int[] positions;
  private final float[][] keys;
  private final float[][] values;

  /** Tokens that each head holds, {@code [heads][slots]}; empty if all hold all. */
  private final int[][] held;

  /**
   * @param positions at which the tokens were read, strictly ascending
   * @param keys {@code [layers × kvHeads][tokens × headDim]}, before rotation; not copied
   * @param values like keys; not copied
   * @throws IllegalArgumentException if the sizes do not fit the shape
   */
  public KvSpan(KvShape shape, int[] positions, float[][] keys, float[][] values) {
    this(shape, positions, new int[0][], keys, values);
  }

  /**
   * @param positions of the tokens that some head holds, strictly ascending
   * @param held the tokens that each head holds, as ascending indices into {@code positions}; empty
   *     if every head holds all
   * @param keys {@code [layers × kvHeads][held × headDim]}, before rotation; not copied
   * @param values like keys; not copied
   * @throws IllegalArgumentException if the sizes do not fit the shape
   */
  public KvSpan(KvShape shape, int[] positions, int[][] held, float[][] keys, float[][] values) {
    if (keys.length != shape.heads()
        || values.length != shape.heads()
        || (held.length != 0 && held.length != shape.heads())) {
      throw new IllegalArgumentException(
          "%s has %d heads, but the span %d".formatted(shape, shape.heads(), keys.length));
    }
    for (int head = 0; head < keys.length; head++) {
      int numbers = (held.length == 0 ? positions.length : held[head].length) * shape.headDim();
      if (keys[head].length != numbers || values[head].length != numbers) {
        throw new IllegalArgumentException(
            "head %d needs %d numbers, but has %d keys and %d values"
                .formatted(head, numbers, keys[head].length, values[head].length));
      }
    }
    this.shape = shape;
    this.positions = positions;
    this.held = held;
    this.keys = keys;
    this.values = values;
  }

  /**
   * Cuts the last tokens out of a cache.
   *
   * @param tokens how many; every head must hold them as its last slots
   * @param rotaries how each layer rotates
   */
  public static KvSpan last(KvCache cache, int tokens, List<Rotary> rotaries) {
    KvShape shape = cache.shape();
    int from = cache.slots(0, 0) - tokens;
    var positions = new int[tokens];
    for (int i = 0; i < tokens; i++) {
      positions[i] = cache.position(0, 0, from + i);
    }
    var keys = new float[shape.heads()][tokens * shape.headDim()];
    var values = new float[shape.heads()][tokens * shape.headDim()];
    int[] back = Arrays.stream(positions).map(position -> -position).toArray();
    for (int head = 0; head < keys.length; head++) {
      int layer = head / shape.kvHeads();
      int kvHead = head % shape.kvHeads();
      int end = cache.slots(layer, kvHead);
      cache.readKeys(layer, kvHead, end - tokens, end, keys[head]);
      cache.readValues(layer, kvHead, end - tokens, end, values[head]);
      turn(keys[head], shape.headDim(), rotaries.get(layer), back);
    }
    return new KvSpan(shape, positions, keys, values);
  }

  /**
   * Appends to every head of {@code cache} the tokens that it holds, rotated to new positions.
   *
   * @param newPositions one for each token; negative leaves the token out
   */
  public void placeInto(KvCache cache, int[] newPositions, List<Rotary> rotaries) {
    int dims = shape.headDim();
    for (int head = 0; head < keys.length; head++) {
      int[] tokens = tokensOf(head);
      int[] chosen =
          IntStream.range(0, tokens.length)
              .filter(slot -> newPositions[tokens[slot]] >= 0)
              .toArray();
      int[] to = Arrays.stream(chosen).map(slot -> newPositions[tokens[slot]]).toArray();
      float[] rotated = gather(keys[head], chosen, dims);
      turn(rotated, dims, rotaries.get(head / shape.kvHeads()), to);
      float[] chosenValues = gather(values[head], chosen, dims);
      cache.appendAll(head / shape.kvHeads(), head % shape.kvHeads(), rotated, chosenValues, to);
    }
  }

  /** {@return the same keys and values, said to have been read from position {@code start} on} */
  public KvSpan at(int start) {
    requireWhole();
    var moved = new int[positions.length];
    Arrays.setAll(moved, i -> start + i);
    return new KvSpan(shape, moved, keys, values);
  }

  /** {@return the same keys and values, said to have been read {@code delta} positions later} */
  public KvSpan movedBy(int delta) {
    int[] moved = Arrays.stream(positions).map(position -> position + delta).toArray();
    return new KvSpan(shape, moved, held, keys, values);
  }

  /**
   * {@return this span with fewer tokens in each head; a token that no head keeps is gone}
   *
   * @param kept {@code [heads]}, indices into the slots of that head, ascending
   */
  public KvSpan keep(int[][] kept) {
    var union = new BitSet();
    var tokens = new int[kept.length][];
    for (int head = 0; head < kept.length; head++) {
      int[] holds = tokensOf(head);
      tokens[head] = Arrays.stream(kept[head]).map(slot -> holds[slot]).toArray();
      Arrays.stream(tokens[head]).forEach(union::set);
    }
    int[] left = union.stream().toArray();
    var newKeys = new float[kept.length][];
    var newValues = new float[kept.length][];
    for (int head = 0; head < kept.length; head++) {
      newKeys[head] = gather(keys[head], kept[head], shape.headDim());
      newValues[head] = gather(values[head], kept[head], shape.headDim());
      Arrays.setAll(tokens[head], rankIn(left, tokens[head].clone()));
    }
    int[] where = Arrays.stream(left).map(token -> positions[token]).toArray();
    return new KvSpan(shape, where, tokens, newKeys, newValues);
  }

  /** {@return this span with the tokens alone that were read at one of these positions} */
  public KvSpan only(BitSet wanted) {
    var kept = new int[keys.length][];
    for (int head = 0; head < kept.length; head++) {
      int[] tokens = tokensOf(head);
      kept[head] =
          IntStream.range(0, tokens.length)
              .filter(slot -> wanted.get(positions[tokens[slot]]))
              .toArray();
    }
    return keep(kept);
  }

  private static IntUnaryOperator rankIn(int[] sorted, int[] tokens) {
    return i -> Arrays.binarySearch(sorted, tokens[i]);
  }

  /** {@return the same with all keys this much longer, and with them every query's logits} */
  public KvSpan sharper(double factor) {
    if (factor == 1) {
      return this;
    }
    var longer = new float[keys.length][];
    for (int head = 0; head < keys.length; head++) {
      longer[head] = keys[head].clone();
      for (int i = 0; i < longer[head].length; i++) {
        longer[head][i] *= (float) factor;
      }
    }
    return new KvSpan(shape, positions, held, longer, values);
  }

  /** {@return tokens {@code from} to {@code to} alone} */
  public KvSpan cut(int from, int to) {
    requireWhole();
    int dims = shape.headDim();
    var cutKeys = new float[keys.length][];
    var cutValues = new float[keys.length][];
    for (int head = 0; head < keys.length; head++) {
      cutKeys[head] = Arrays.copyOfRange(keys[head], from * dims, to * dims);
      cutValues[head] = Arrays.copyOfRange(values[head], from * dims, to * dims);
    }
    return new KvSpan(shape, Arrays.copyOfRange(positions, from, to), cutKeys, cutValues);
  }

  /** {@return this span and {@code next} as one} */
  public KvSpan join(KvSpan next) {
    requireWhole();
    next.requireWhole();
    var joinedKeys = new float[keys.length][];
    var joinedValues = new float[keys.length][];
    for (int head = 0; head < keys.length; head++) {
      joinedKeys[head] = joined(keys[head], next.keys[head]);
      joinedValues[head] = joined(values[head], next.values[head]);
    }
    int[] all = Arrays.copyOf(positions, positions.length + next.positions.length);
    System.arraycopy(next.positions, 0, all, positions.length, next.positions.length);
    return new KvSpan(shape, all, joinedKeys, joinedValues);
  }

  /**
   * {@return spans as one, in this order}
   *
   * @param spans at least one, of one shape, each behind the one before it
   */
  public static KvSpan inARow(List<KvSpan> spans) {
    KvShape shape = spans.getFirst().shape;
    int[] positions = spans.stream().flatMapToInt(span -> Arrays.stream(span.positions)).toArray();
    var held = new int[shape.heads()][0];
    var keys = new float[shape.heads()][0];
    var values = new float[shape.heads()][0];
    int before = 0;
    for (KvSpan span : spans) {
      for (int head = 0; head < keys.length; head++) {
        int offset = before;
        int[] more = Arrays.stream(span.tokensOf(head)).map(token -> offset + token).toArray();
        held[head] = IntStream.concat(Arrays.stream(held[head]), Arrays.stream(more)).toArray();
        keys[head] = joined(keys[head], span.keys[head]);
        values[head] = joined(values[head], span.values[head]);
      }
      before += span.tokens();
    }
    return new KvSpan(shape, positions, held, keys, values);
  }

  /** {@return layers, heads and head size} */
  public KvShape shape() {
    return shape;
  }

  /** {@return tokens that some head holds} */
  public int tokens() {
    return positions.length;
  }

  /** {@return the position at which token {@code i} was read} */
  public int position(int i) {
    return positions[i];
  }

  /** {@return whether every head holds every token} */
  public boolean whole() {
    return held.length == 0;
  }

  /** {@return whether all heads hold the same tokens, which are then all that there are} */
  public boolean evenly() {
    return whole() || Arrays.stream(held).allMatch(tokens -> tokens.length == positions.length);
  }

  /** {@return the tokens that one head holds, ascending from 0 to {@link #tokens}; a copy} */
  public int[] tokensOf(int head) {
    return whole() ? IntStream.range(0, positions.length).toArray() : held[head].clone();
  }

  /** {@return key-value pairs of all heads together} */
  public long slots() {
    return whole()
        ? (long) positions.length * keys.length
        : Arrays.stream(held).mapToLong(tokens -> tokens.length).sum();
  }

  /** {@return tokens that a head holds on average, rounded up} */
  public int tokensPerHead() {
    return (int) Math.ceilDiv(slots(), keys.length);
  }

  /** {@return bytes of memory that the numbers take} */
  public long bytes() {
    return 8L * shape.headDim() * slots() + 4L * positions.length + (whole() ? 0 : 4L * slots());
  }

  /** {@return keys of one head before rotation, {@code [held × headDim]}; nobody changes them} */
  public float[] keys(int head) {
    return keys[head];
  }

  /** {@return values of one head, {@code [held × headDim]}; nobody changes them} */
  public float[] values(int head) {
    return values[head];
  }

  private void requireWhole() {
    if (!whole()) {
      throw new IllegalStateException(
          "the span's heads hold different tokens: cut and join it before it is compressed");
    }
  }

  private static float[] gather(float[] rows, int[] chosen, int dims) {
    var out = new float[chosen.length * dims];
    for (int i = 0; i < chosen.length; i++) {
      System.arraycopy(rows, chosen[i] * dims, out, i * dims, dims);
    }
    return out;
  }

  private static void turn(float[] keys, int dims, Rotary rotary, int[] deltas) {
    for (int token = 0; token < deltas.length; token++) {
      if (deltas[token] != 0) {
        rotary.turn(keys, token * dims, deltas[token]);
      }
    }
  }

  private static float[] joined(float[] first, float[] second) {
    float[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }
}
