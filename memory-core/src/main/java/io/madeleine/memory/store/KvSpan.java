package io.madeleine.memory.store;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.Rotary;
import java.util.Arrays;
import java.util.List;

/**
 * Keys before rotation and values of a run of tokens, in every head, with the positions at which
 * they were read. Immutable; shares no memory with the cache that it came from.
 */
public final class KvSpan {

  private final KvShape shape;
  private final int[] positions;
  private final float[][] keys;
  private final float[][] values;

  /**
   * @param positions at which the tokens were read, strictly ascending
   * @param keys {@code [layers × kvHeads][tokens × headDim]}, before rotation; not copied
   * @param values like keys; not copied
   * @throws IllegalArgumentException if the sizes do not fit the shape
   */
  public KvSpan(KvShape shape, int[] positions, float[][] keys, float[][] values) {
    int numbers = positions.length * shape.headDim();
    if (keys.length != shape.heads() || values.length != shape.heads()) {
      throw new IllegalArgumentException(
          "%s has %d heads, but the span %d".formatted(shape, shape.heads(), keys.length));
    }
    for (int head = 0; head < keys.length; head++) {
      if (keys[head].length != numbers || values[head].length != numbers) {
        throw new IllegalArgumentException(
            "head %d needs %d numbers, but has %d keys and %d values"
                .formatted(head, numbers, keys[head].length, values[head].length));
      }
    }
    this.shape = shape;
    this.positions = positions;
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
   * Appends the tokens to every head of {@code cache}, rotated to new positions.
   *
   * @param newPositions one for each token; negative leaves the token out
   */
  public void placeInto(KvCache cache, int[] newPositions, List<Rotary> rotaries) {
    int[] chosen = chosen(newPositions);
    int[] to = Arrays.stream(chosen).map(token -> newPositions[token]).toArray();
    int dims = shape.headDim();
    for (int head = 0; head < keys.length; head++) {
      float[] rotated = gather(keys[head], chosen, dims);
      turn(rotated, dims, rotaries.get(head / shape.kvHeads()), to);
      float[] chosenValues = gather(values[head], chosen, dims);
      cache.appendAll(head / shape.kvHeads(), head % shape.kvHeads(), rotated, chosenValues, to);
    }
  }

  /** {@return the same keys and values, said to have been read from position {@code start} on} */
  public KvSpan at(int start) {
    var moved = new int[positions.length];
    Arrays.setAll(moved, i -> start + i);
    return new KvSpan(shape, moved, keys, values);
  }

  /** {@return tokens {@code from} to {@code to} alone} */
  public KvSpan cut(int from, int to) {
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

  /** {@return layers, heads and head size} */
  public KvShape shape() {
    return shape;
  }

  /** {@return tokens} */
  public int tokens() {
    return positions.length;
  }

  /** {@return the position at which token {@code i} was read} */
  public int position(int i) {
    return positions[i];
  }

  /** {@return bytes of memory that the numbers take} */
  public long bytes() {
    return 4L * shape.elementsPerToken() * positions.length + 4L * positions.length;
  }

  /** {@return keys of one head before rotation, {@code [tokens × headDim]}; nobody changes them} */
  public float[] keys(int head) {
    return keys[head];
  }

  /** {@return values of one head, {@code [tokens × headDim]}; nobody changes them} */
  public float[] values(int head) {
    return values[head];
  }

  private static int[] chosen(int[] newPositions) {
    var chosen = new int[newPositions.length];
    int count = 0;
    for (int token = 0; token < newPositions.length; token++) {
      if (newPositions[token] >= 0) {
        chosen[count++] = token;
      }
    }
    return Arrays.copyOf(chosen, count);
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
