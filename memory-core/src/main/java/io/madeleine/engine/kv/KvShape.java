package io.madeleine.engine.kv;

/**
 * The shape of one token in the KV cache. Every layer keeps one key and one value vector for each
 * KV head, so a token occupies {@code 2 × layers × kvHeads × headDim} elements.
 *
 * <p>{@code kvHeads} is smaller than the number of query heads in a grouped-query model (Ainslie et
 * al., <a href="https://arxiv.org/abs/2305.13245">GQA</a>, 2023), and equal to it otherwise.
 *
 * @param layers transformer layers, at least 1
 * @param kvHeads key/value heads per layer, at least 1
 * @param headDim elements per head, even because RoPE rotates them in pairs
 */
public record KvShape(int layers, int kvHeads, int headDim) {

  /**
   * @throws IllegalArgumentException if a count is below 1 or {@code headDim} is odd
   */
  public KvShape {
    if (layers < 1 || kvHeads < 1 || headDim < 1) {
      throw new IllegalArgumentException(
          "layers, kvHeads and headDim must be at least 1, but were %d, %d and %d"
              .formatted(layers, kvHeads, headDim));
    }
    if (headDim % 2 != 0) {
      throw new IllegalArgumentException("headDim must be even for RoPE, but was " + headDim);
    }
  }

  /** {@return the heads of all layers} */
  public int heads() {
    return layers * kvHeads;
  }

  /** {@return the number of elements that one token occupies, keys and values together} */
  public int elementsPerToken() {
    return 2 * layers * kvHeads * headDim;
  }

  /**
   * {@return the bytes of the pages that {@code tokens} tokens need when stored as {@code type}}
   */
  public long bytes(int tokens, KvType type) {
    return (long) heads() * KvType.pages(tokens) * type.pageBytes(headDim);
  }

  /** {@return the most tokens whose pages, stored as {@code type}, fit into so many bytes} */
  public int tokens(long bytes, KvType type) {
    long pages = bytes / bytes(KvType.PAGE_TOKENS, type);
    return (int) Math.min(Integer.MAX_VALUE, pages * KvType.PAGE_TOKENS);
  }
}
