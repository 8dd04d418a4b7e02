package io.madeleine.evaluation.bench;

/**
 * How large a made-up Llama is. Its embedding serves as its output, as in Llama 3.2 1B.
 *
 * @param layers number of blocks
 * @param width of the residual stream
 * @param heads query heads; divides {@code width} into heads of an even size
 * @param kvHeads key and value heads; divides {@code heads}
 * @param feedForward width between the two halves of a feed-forward layer
 * @param vocabulary number of tokens
 */
record ModelShape(int layers, int width, int heads, int kvHeads, int feedForward, int vocabulary) {

  /**
   * @throws IllegalArgumentException if no model can have that shape
   */
  ModelShape {
    if (layers < 1 || heads < 1 || kvHeads < 1 || feedForward < 1) {
      throw new IllegalArgumentException(
          "a model needs at least 1 layer, head, KV head and feed-forward unit, but was to have"
              + " %d, %d, %d and %d".formatted(layers, heads, kvHeads, feedForward));
    }
    if (width < 2 * heads || width % (2 * heads) != 0) {
      throw new IllegalArgumentException(
          "a width of %d cannot be split into %d heads of an even size".formatted(width, heads));
    }
    if (heads % kvHeads != 0) {
      throw new IllegalArgumentException(
          "%d heads cannot share %d KV heads evenly".formatted(heads, kvHeads));
    }
    if (vocabulary < MadeUpWords.FEWEST) {
      throw new IllegalArgumentException(
          "a vocabulary needs a token for each byte and some special ones, %d together, but was to have %d"
              .formatted(MadeUpWords.FEWEST, vocabulary));
    }
  }

  int headDim() {
    return width / heads;
  }
}
