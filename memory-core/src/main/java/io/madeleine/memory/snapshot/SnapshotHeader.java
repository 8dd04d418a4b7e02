package io.madeleine.memory.snapshot;

import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.memory.identity.ConversationKey;
import java.util.Arrays;
import java.util.List;

/**
 * What a snapshot is of. Keys and values fit only the model that made them, stored as they were,
 * for exactly these tokens.
 *
 * @param conversation whose
 * @param model the model file's fingerprint, which covers weights, tokenizer, template and RoPE
 * @param shape layers, KV heads and head size
 * @param type how the numbers are stored
 * @param sequence of the last turn of the log that is in it
 * @param firstTurn index of the first turn in it; those before no longer fitted the context
 * @param text SHA-256 of the text that the tokens spell, and its length: {@code hash:length}
 * @param tokens every token, in order
 */
public record SnapshotHeader(
    ConversationKey conversation,
    String model,
    KvShape shape,
    KvType type,
    long sequence,
    int firstTurn,
    String text,
    List<Integer> tokens) {

  public SnapshotHeader {
    tokens = List.copyOf(tokens);
  }

  /** {@return the tokens as an array} */
  public int[] tokenIds() {
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  /** {@return the tokens of an array, boxed} */
  public static List<Integer> boxed(int[] tokens) {
    return Arrays.stream(tokens).boxed().toList();
  }
}
