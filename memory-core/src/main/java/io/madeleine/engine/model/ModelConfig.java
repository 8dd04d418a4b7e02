package io.madeleine.engine.model;

import io.madeleine.engine.gguf.GgufMetadata;
import io.madeleine.engine.kv.KvShape;
import java.util.List;

/**
 * A model's hyper-parameters under GGUF's names, without the architecture's prefix.
 *
 * @param architecture {@code general.architecture}
 * @param name {@code general.name}, or the architecture where there is none
 * @param contextLength positions the model was trained for, or as many of them as it may use
 * @param embeddingLength elements of a hidden state
 * @param blockCount layers
 * @param feedForwardLength elements inside the feed-forward part
 * @param headCount query heads
 * @param headCountKv key/value heads, a divisor of {@code headCount}
 * @param keyLength elements of a head; values have as many
 * @param normEpsilon {@code attention.layer_norm_rms_epsilon}
 * @param ropeDimensionCount elements of a head that rotate
 * @param ropeFreqBase theta
 * @param ropeScalingFactor by how much linear scaling shrinks positions; 1 for none
 * @param ropeYarnFactor by how much YaRN lengthens the context; 1 for none
 * @param ropeAttentionFactor the file's factor on cosine and sine; 1 for none
 * @param ropeOriginalContext context length before LongRoPE or YaRN stretched it
 * @param slidingWindow positions that a local layer sees; {@code Integer.MAX_VALUE} for all
 */
public record ModelConfig(
    String architecture,
    String name,
    int contextLength,
    int embeddingLength,
    int blockCount,
    int feedForwardLength,
    int headCount,
    int headCountKv,
    int keyLength,
    float normEpsilon,
    int ropeDimensionCount,
    float ropeFreqBase,
    float ropeScalingFactor,
    float ropeYarnFactor,
    float ropeAttentionFactor,
    int ropeOriginalContext,
    int slidingWindow) {

  // LongRoPE needs no number of its own: its factors are tensors.
  private static final List<String> SCALINGS = List.of("none", "linear", "yarn", "longrope");

  /**
   * @throws IllegalArgumentException if a count is 0 or counts contradict each other
   */
  public ModelConfig {
    aboveZero("block_count", blockCount);
    aboveZero("context_length", contextLength);
    aboveZero("embedding_length", embeddingLength);
    aboveZero("feed_forward_length", feedForwardLength);
    aboveZero("attention.head_count", headCount);
    aboveZero("attention.key_length", keyLength);
    if (headCountKv < 1 || headCount % headCountKv != 0) {
      throw new IllegalArgumentException(
          "attention.head_count (%d) must be a multiple of attention.head_count_kv (%d)"
              .formatted(headCount, headCountKv));
    }
    if (ropeDimensionCount > keyLength || ropeDimensionCount % 2 != 0) {
      throw new IllegalArgumentException(
          "rope.dimension_count must be even and at most %d, but is %d"
              .formatted(keyLength, ropeDimensionCount));
    }
  }

  /**
   * {@return whether it may use more positions than LongRoPE or YaRN found} LongRoPE then rotates
   * all keys by other factors.
   */
  public boolean isStretched() {
    return contextLength > ropeOriginalContext;
  }

  private static int aboveZero(String key, int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          "%s must be above 0, but is %d: the file is damaged, take another".formatted(key, count));
    }
    return count;
  }

  /**
   * Reads what the file says.
   *
   * @throws IllegalArgumentException if the architecture or its way to scale positions is unknown,
   *     or a key is missing or a count 0
   */
  public static ModelConfig from(GgufMetadata metadata) {
    return from(metadata, Integer.MAX_VALUE);
  }

  /** The same, with a context of {@code atMost} positions where the model has more. */
  static ModelConfig from(GgufMetadata metadata, int atMost) {
    String architecture = Architecture.of(metadata).ggufName();
    var keys = new Keys(metadata, architecture + ".");
    int heads = aboveZero("attention.head_count", keys.integer("attention.head_count"));
    int embedding = keys.integer("embedding_length");
    int keyLength = keys.integer("attention.key_length", embedding / heads);
    int context = keys.integer("context_length");
    if (keys.integer("attention.value_length", keyLength) != keyLength) {
      throw new IllegalArgumentException(
          architecture
              + ".attention.value_length differs from key_length, which no kernel handles");
    }
    String scaling = scaling(metadata, architecture + ".rope.scaling.type");
    float factor = keys.number("rope.scaling.factor", keys.number("rope.scale_linear", 1));
    factor = factor == 0 ? 1 : factor;
    return new ModelConfig(
        architecture,
        metadata.findString("general.name").orElse(architecture),
        Math.min(context, atMost),
        embedding,
        keys.integer("block_count"),
        keys.integer("feed_forward_length"),
        heads,
        keys.integer("attention.head_count_kv", heads),
        keyLength,
        keys.number("attention.layer_norm_rms_epsilon", 1e-5f),
        keys.integer("rope.dimension_count", keyLength),
        keys.number("rope.freq_base", 10_000),
        scaling.equals("linear") ? factor : 1,
        scaling.equals("yarn") ? factor : 1,
        keys.number("rope.scaling.attn_factor", 1),
        keys.integer("rope.scaling.original_context_length", context),
        positiveOr(keys.integer("attention.sliding_window", 0), Integer.MAX_VALUE));
  }

  private static String scaling(GgufMetadata metadata, String key) {
    String scaling = metadata.findString(key).orElse("linear");
    if (!SCALINGS.contains(scaling)) {
      throw new IllegalArgumentException(
          "%s is '%s', but this engine knows only %s"
              .formatted(key, scaling, String.join(", ", SCALINGS)));
    }
    return scaling;
  }

  private static int positiveOr(int value, int otherwise) {
    return value > 0 ? value : otherwise;
  }

  /** {@return the shape of its KV cache} */
  public KvShape kvShape() {
    return new KvShape(blockCount, headCountKv, keyLength);
  }

  /** {@return query heads that share one KV head} */
  public int headsPerKvHead() {
    return headCount / headCountKv;
  }

  private record Keys(GgufMetadata metadata, String prefix) {
    int integer(String key) {
      return metadata.integer(prefix + key);
    }

    int integer(String key, int otherwise) {
      return metadata.findInteger(prefix + key).orElse(otherwise);
    }

    float number(String key, float otherwise) {
      return metadata.findNumber(prefix + key).orElse(otherwise);
    }
  }
}
