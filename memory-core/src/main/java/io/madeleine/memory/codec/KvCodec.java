package io.madeleine.memory.codec;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * How keys and values are written down. The same codec reads what it wrote; which one wrote is the
 * header's business.
 */
public sealed interface KvCodec {

  /** {@return a short name for headers and tables, such as {@code int8}} */
  String name();

  /** Writes {@code block} to {@code out}, little-endian, which has {@link #mostBytes} left. */
  default void encode(HeadBlock block, ByteBuffer out) {
    switch (this) {
      case Float32() -> PlainCodec.encodeFloats(block, out);
      case Float16() -> PlainCodec.encodeHalves(block, out);
      case Int8() -> PlainCodec.encodeBytes(block, out);
      case Grouped(int bits) -> GroupCodec.encode(block, bits, out);
      case Mixed mixed -> MixedCodec.encode(block, mixed, out);
      case Anchored(int quality) -> AnchorCodec.encode(block, quality, out);
      case Paired paired -> PlainCodec.encodeHalves(block, out);
    }
  }

  /**
   * Writes all heads of a span, layer by layer: one after the other, unless the codec looks at more
   * than one at a time.
   *
   * @param alike whether every head holds the same tokens
   * @param out has {@link #mostBytes} left for each
   */
  default void encodeAll(List<HeadBlock> heads, boolean alike, ByteBuffer out) {
    if (alike && this instanceof Paired paired) {
      PairCodec.encode(heads, paired, out);
    } else {
      heads.forEach(head -> encode(head, out));
    }
  }

  /** Fills heads from what {@link #encodeAll} wrote for heads of the same shapes. */
  default void decodeAll(ByteBuffer in, boolean alike, List<HeadBlock> heads) {
    if (alike && this instanceof Paired) {
      PairCodec.decode(in, heads);
    } else {
      heads.forEach(head -> decode(in, head));
    }
  }

  /** Fills {@code block} from what {@link #encode} wrote for a block of the same shape. */
  default void decode(ByteBuffer in, HeadBlock block) {
    switch (this) {
      case Float32() -> PlainCodec.decodeFloats(in, block);
      case Float16() -> PlainCodec.decodeHalves(in, block);
      case Int8() -> PlainCodec.decodeBytes(in, block);
      case Grouped(int bits) -> GroupCodec.decode(in, bits, block);
      case Mixed mixed -> MixedCodec.decode(in, mixed, block);
      case Anchored(int quality) -> AnchorCodec.decode(in, quality, block);
      case Paired paired -> PlainCodec.decodeHalves(in, block);
    }
  }

  /** {@return bytes that a block of this size takes at most} */
  default int mostBytes(int tokens, int headDim) {
    return 2 * 4 * tokens * headDim + 16 * tokens + 64 * headDim + 1024;
  }

  /**
   * {@return a codec that calls itself {@code name}, and so reads what any of that name wrote} What
   * a name does not tell, such as how many tokens are important, is as the paper has it.
   *
   * @throws IllegalArgumentException if there is none
   */
  static KvCodec named(String name) {
    return switch (name) {
      case "f32" -> new Float32();
      case "f16" -> new Float16();
      case "int8" -> new Int8();
      case "anchor1" -> new Anchored(1);
      case "anchor2" -> new Anchored(2);
      case "anchor3" -> new Anchored(3);
      case "minicache" -> new Paired(0.6, 0.05);
      default -> ofBits(name);
    };
  }

  /** Every name that {@link Grouped} and {@link Mixed} can have: a file tells no more than that. */
  private static KvCodec ofBits(String name) {
    if (name.matches("kivi[248]")) {
      return new Grouped(lastDigit(name, 0));
    }
    if (name.matches("zip[24][248]|mikv8[248]")) {
      int high = lastDigit(name, 1);
      return new Mixed(high, lastDigit(name, 0), high == 8 ? 0.25 : 0.6);
    }
    throw new IllegalArgumentException(
        ("there is no codec '%s'; there are f32, f16, int8, kivi4, kivi2, zip42, mikv82 (each also"
                + " with other bits: 2, 4 or 8), anchor1, anchor2, anchor3 and minicache")
            .formatted(name));
  }

  private static int lastDigit(String name, int from) {
    return name.charAt(name.length() - 1 - from) - '0';
  }

  /** Every bit. 8 bytes for a key and value element pair. */
  record Float32() implements KvCodec {
    @Override
    public String name() {
      return "f32";
    }
  }

  /** Half precision; relative error at most 2⁻¹¹. */
  record Float16() implements KvCodec {
    @Override
    public String name() {
      return "f16";
    }
  }

  /** One signed byte per element and one f32 scale per key and per value. */
  record Int8() implements KvCodec {
    @Override
    public String name() {
      return "int8";
    }
  }

  /**
   * Keys per channel in groups of 32 tokens, values per token in groups of 32 channels, minimum and
   * step in half precision; the last tokens that fill no group stay in half precision.
   *
   * <p>Source: Liu et al., <a href="https://arxiv.org/abs/2402.02750">KIVI</a>, 2024. Deviation:
   * the keys are taken before rotation, so that a stored span can be placed anywhere.
   *
   * @param bits 2, 4 or 8
   */
  record Grouped(int bits) implements KvCodec {

    /**
     * @throws IllegalArgumentException if {@code bits} is not 2, 4 or 8
     */
    public Grouped {
      checkBits(bits);
    }

    @Override
    public String name() {
      return "kivi" + bits;
    }
  }

  /**
   * Important tokens with many bits, the others with few, per token. With 4 and 2 bits it is <a
   * href="https://arxiv.org/abs/2405.14256">ZipCache</a> (He et al., 2024), with 8 and 2 <a
   * href="https://arxiv.org/abs/2402.18096">MiKV</a> (Yang et al., 2024).
   *
   * <p>Values are divided by each channel's {@code √max|x|} first, as in ZipCache; keys by the same
   * measure, which stands in for MiKV's balancer. Deviation: both take importance from attention;
   * here it is how much a key differs from the mean direction, which a stored span has without a
   * query.
   *
   * @param highBits of important tokens, 2, 4 or 8
   * @param lowBits of the others, 2, 4 or 8
   * @param highShare of the tokens that are important, 0 to 1
   */
  record Mixed(int highBits, int lowBits, double highShare) implements KvCodec {

    /**
     * @throws IllegalArgumentException if bits are not 2, 4 or 8, or the share not in [0, 1]
     */
    public Mixed {
      checkBits(highBits);
      checkBits(lowBits);
      if (!(highShare >= 0 && highShare <= 1)) {
        throw new IllegalArgumentException(
            "the share of important tokens lies between 0 and 1, but is " + highShare);
      }
    }

    @Override
    public String name() {
      return highBits == 8 ? "mikv" + highBits + lowBits : "zip" + highBits + lowBits;
    }
  }

  /**
   * Keys of ten neighbours as differences to the first, values as they are; both in coarse bins
   * that grow with the layer, entropy-coded with one table per head.
   *
   * <p>Source: Liu et al., <a href="https://arxiv.org/abs/2310.07240">CacheGen</a>, 2024.
   * Deviations: the keys are taken before rotation, where neighbours are alike; differences are to
   * the anchor as it will be read; tables are per head, since short spans cannot pay for one per
   * channel; rANS instead of arithmetic coding.
   *
   * @param quality 1, 2 or 3; higher is finer
   */
  record Anchored(int quality) implements KvCodec {

    /**
     * @throws IllegalArgumentException if {@code quality} is not 1, 2 or 3
     */
    public Anchored {
      if (quality < 1 || quality > 3) {
        throw new IllegalArgumentException("quality must be 1, 2 or 3, but is " + quality);
      }
    }

    @Override
    public String name() {
      return "anchor" + quality;
    }
  }

  /**
   * From the middle of the model on, two neighbouring layers share the directions of their keys and
   * values and have lengths of their own, in half precision; tokens whose directions differ most
   * keep both. The layers before, a layer without a partner, and heads that hold different tokens
   * are halves.
   *
   * <p>Source: Liu et al., <a href="https://arxiv.org/abs/2405.14366">MiniCache</a>, 2024.
   * Deviations: the keys are taken before rotation, which is the same wherever both layers turn a
   * token by the same angles (not in Gemma 3, whose local layers turn faster); the four bits that
   * the paper puts on top are left to others.
   *
   * @param nearness of the shared direction to the later layer's, 0 to 1; 0.6 in the paper
   * @param unmerged share of the range of angles at whose upper end tokens keep both directions, 0
   *     to 1; 0.05 in the paper
   */
  record Paired(double nearness, double unmerged) implements KvCodec {

    /**
     * @throws IllegalArgumentException if either is not in [0, 1]
     */
    public Paired {
      if (!(nearness >= 0 && nearness <= 1) || !(unmerged >= 0 && unmerged <= 1)) {
        throw new IllegalArgumentException(
            "nearness and the share of unmerged tokens lie between 0 and 1, but are %s and %s"
                .formatted(nearness, unmerged));
      }
    }

    @Override
    public String name() {
      return "minicache";
    }
  }

  private static void checkBits(int bits) {
    if (bits != 2 && bits != 4 && bits != 8) {
      throw new IllegalArgumentException("codes have 2, 4 or 8 bits, but should have " + bits);
    }
  }
}
