package io.madeleine.memory.index.match;

import java.util.Arrays;
import java.util.stream.IntStream;

/** The rows of {@link Matches} while they are gathered, and the same rows in another order. */
final class Columns {

  private static final int ROW_BITS = 16;
  private static final int PLACE_BITS = 31;

  final int size;
  final boolean[] eligible;
  final long[] sequence;
  final int[] conversation;
  final int[] place;
  final long[] at;
  final int[] characters;
  final int[] traits;
  final String[] speaker;
  final boolean[] hasCosine;
  final float[] cosine;

  Columns(int size) {
    this.size = size;
    eligible = new boolean[size];
    sequence = new long[size];
    conversation = new int[size];
    place = new int[size];
    at = new long[size];
    characters = new int[size];
    traits = new int[size];
    speaker = new String[size];
    hasCosine = new boolean[size];
    cosine = new float[size];
  }

  /** {@return the rows by conversation and place} */
  int[] order() {
    boolean sorted = true;
    for (int i = 1; i < size && sorted; i++) {
      sorted = conversation[i - 1] == conversation[i] && place[i - 1] <= place[i];
    }
    if (sorted) {
      return IntStream.range(0, size).toArray();
    }
    return size <= 1 << ROW_BITS ? packed() : compared();
  }

  /** Conversation, place and row in one number each: sorting those takes a tenth of the time. */
  private int[] packed() {
    var keys = new long[size];
    for (int i = 0; i < size; i++) {
      keys[i] = (long) conversation[i] << (PLACE_BITS + ROW_BITS) | (long) place[i] << ROW_BITS | i;
    }
    Arrays.sort(keys);
    var order = new int[size];
    for (int i = 0; i < size; i++) {
      order[i] = (int) (keys[i] & (1 << ROW_BITS) - 1);
    }
    return order;
  }

  private int[] compared() {
    return IntStream.range(0, size)
        .boxed()
        .sorted(
            (a, b) ->
                conversation[a] != conversation[b]
                    ? Integer.compare(conversation[a], conversation[b])
                    : Integer.compare(place[a], place[b]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  Columns arranged(int[] order) {
    var arranged = new Columns(size);
    for (int to = 0; to < size; to++) {
      int from = order[to];
      arranged.eligible[to] = eligible[from];
      arranged.sequence[to] = sequence[from];
      arranged.conversation[to] = conversation[from];
      arranged.place[to] = place[from];
      arranged.at[to] = at[from];
      arranged.characters[to] = characters[from];
      arranged.traits[to] = traits[from];
      arranged.speaker[to] = speaker[from];
      arranged.hasCosine[to] = hasCosine[from];
      arranged.cosine[to] = cosine[from];
    }
    return arranged;
  }

  static float[] arranged(float[] column, int[] order) {
    var arranged = new float[column.length];
    for (int to = 0; to < order.length; to++) {
      arranged[to] = column[order[to]];
    }
    return arranged;
  }
}
