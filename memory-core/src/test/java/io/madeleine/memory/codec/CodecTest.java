package io.madeleine.memory.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Golden cases of the codecs, and what each must hold for any numbers (I11). */
final class CodecTest {

  private static final float[] G12 = {-1.0f, -.3f, .1f, .9f, 1.4f, 0, .5f, -.7f};

  static Stream<String> names() {
    return Stream.concat(
        Stream.of("f32", "f16", "int8", "anchor1", "anchor2", "anchor3"),
        ofBits().map(KvCodec::name));
  }

  /** All that can be made of bits. */
  static Stream<KvCodec> ofBits() {
    List<Integer> bits = List.of(2, 4, 8);
    return Stream.concat(
        bits.stream().map(KvCodec.Grouped::new),
        bits.stream().flatMap(high -> bits.stream().map(low -> new KvCodec.Mixed(high, low, 0.5))));
  }

  @Test
  void g12_codes_matchTheOracle() {
    assertThat(CodeGroup.codes(G12, 2)).containsExactly(0, 1, 1, 2, 3, 1, 2, 0);
    assertThat(CodeGroup.codes(G12, 4)).containsExactly(0, 4, 7, 12, 15, 6, 9, 2);
    assertThat(CodeGroup.codes(G12, 8)).containsExactly(0, 74, 117, 202, 255, 106, 159, 32);
  }

  @Test
  void g13_symbolsAndTable_matchTheOracle() {
    float[] row = {-2, -.5f, 0, .31f, 1, 2};
    assertThat(symbols(row, 32)).containsExactly(0, 11, 15, 17, 23, 30);
    assertThat(symbols(row, 16)).containsExactly(0, 5, 7, 8, 11, 14);
    assertThat(symbols(row, 12)).containsExactly(0, 4, 5, 6, 7, 10);
    var table = SymbolTable.of(new byte[] {0, 0, 1, 2, 2, 2, 1, 0}, 4);
    assertThat(List.of(table.start(1), table.start(2), table.start(3)))
        .containsExactly(24575, 40960, 65535);
    assertThat(table.width(3)).isEqualTo(1);
  }

  @Test
  void g13b_differencesOfARandomWalk_varyAsTheOracleSays() throws IOException {
    float[] walk = walk();
    var anchors = new float[10 * 4];
    for (int run = 0; run < 10; run++) {
      System.arraycopy(walk, run * 10 * 4, anchors, run * 4, 4);
    }
    float[] differences = AnchorCodec.differences(walk, anchors, 4);
    assertThat(differences).hasSize(90 * 4);
    assertThat(variance(walk)).isEqualTo(1.3304193835744615, within(1e-5));
    assertThat(variance(differences)).isEqualTo(0.1459883278972582, within(1e-5));
  }

  /** A hundred steps of numpy's generator with seed 1, deviation 0.2, four numbers a step. */
  private static float[] walk() throws IOException {
    try (InputStream in = CodecTest.class.getResourceAsStream("/golden/g13b-walk.txt")) {
      String[] numbers = new String(in.readAllBytes(), StandardCharsets.US_ASCII).split("\\s+");
      var walk = new float[numbers.length];
      for (int i = 0; i < walk.length; i++) {
        walk[i] = Float.parseFloat(numbers[i]);
      }
      return walk;
    }
  }

  private static double variance(float[] numbers) {
    double mean = 0;
    double squares = 0;
    for (float number : numbers) {
      mean += number / (double) numbers.length;
      squares += (double) number * number / numbers.length;
    }
    return squares - mean * mean;
  }

  @Test
  void g28_quantisingTwice_driftsWhereOnceDoesNot() {
    float[] once = G12.clone();
    requantise(once);
    float[] direct = withoutFourth(G12);
    float[] twice = withoutFourth(once);
    requantise(twice);
    assertThat(largestError(twice, direct)).isEqualTo(0.366667f, within(1e-3f));
    requantise(direct);
    assertThat(largestError(direct, withoutFourth(G12))).isEqualTo(0.3f, within(1e-3f));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#few")
  void symbolCoder_anyStream_isExactAndNearTheEntropy(long seed) {
    var random = new SplittableRandom(seed);
    int alphabet = random.nextInt(2, 64);
    var symbols = new byte[seed == 0 ? 100_000 : random.nextInt(0, 3000)];
    double skew = random.nextDouble(0.2, 4);
    for (int i = 0; i < symbols.length; i++) {
      symbols[i] = (byte) (alphabet * Math.pow(random.nextDouble(), skew));
    }
    ByteBuffer buffer = buffer(2 * symbols.length + 1024);
    SymbolCoder.encode(symbols, alphabet, buffer);
    int bytes = buffer.position();
    var back = new byte[symbols.length];
    SymbolCoder.decode(buffer.flip(), alphabet, back);
    assertThat(back).containsExactly(symbols);
    assertThat(buffer.hasRemaining()).isFalse();
    double entropyBytes = entropyBits(symbols, alphabet) / 8;
    assertThat((double) bytes - 2 * (alphabet - 1)).isLessThan(entropyBytes * 1.01 + 40);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("names")
  void decode_whatEncodeWrote_staysWithinTheCodecsError(String name) {
    KvCodec codec = KvCodec.named(name);
    assertThat(codec.name()).isEqualTo(name);
    for (int tokens : new int[] {1, 9, 33, 100}) {
      HeadBlock block = walk(tokens, 32, tokens);
      ByteBuffer buffer = buffer(codec.mostBytes(tokens, 32));
      codec.encode(block, buffer);
      buffer.flip();
      HeadBlock back = HeadBlock.empty(1, 4, 32, tokens);
      codec.decode(buffer, back);
      assertThat(buffer.hasRemaining()).as("%d tokens", tokens).isFalse();
      assertThat(rootMeanSquare(back.keys(), block.keys())).isLessThan(tolerance(name));
      assertThat(rootMeanSquare(back.values(), block.values())).isLessThan(tolerance(name));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("names")
  void encode_zeros_giveZerosBack(String name) {
    KvCodec codec = KvCodec.named(name);
    HeadBlock block = HeadBlock.empty(0, 2, 16, 40);
    ByteBuffer buffer = buffer(codec.mostBytes(40, 16));
    codec.encode(block, buffer);
    HeadBlock back = walk(40, 16, 3);
    codec.decode(buffer.flip(), back);
    assertThat(back.keys()).containsOnly(0f);
    assertThat(back.values()).containsOnly(0f);
  }

  @Test
  void encode_smoothKeys_anchorsTakeLessThanBytes() {
    HeadBlock block = walk(200, 32, 5);
    assertThat(bytes("anchor2", block)).isLessThan(bytes("int8", block) * 3 / 4);
    assertThat(bytes("kivi4", block)).isLessThan(bytes("int8", block) * 3 / 4);
    assertThat(bytes("int8", block)).isLessThan(bytes("f16", block));
  }

  @Test
  void named_unknown_listsTheOthers() {
    assertThatThrownBy(() -> KvCodec.named("zip"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("anchor1");
    for (String none : List.of("kivi3", "kivi44", "zip82", "mikv42", "mikv8")) {
      assertThatThrownBy(() -> KvCodec.named(none)).hasMessageContaining(none);
    }
  }

  @Test
  void named_asThePapersHaveThem_areThose() {
    assertThat(KvCodec.named("zip42")).isEqualTo(new KvCodec.Mixed(4, 2, 0.6));
    assertThat(KvCodec.named("mikv82")).isEqualTo(new KvCodec.Mixed(8, 2, 0.25));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ofBits")
  void named_whatACodecCallsItself_readsWhatItWrote(KvCodec writer) {
    HeadBlock block = walk(70, 32, 1);
    ByteBuffer buffer = buffer(writer.mostBytes(70, 32));
    writer.encode(block, buffer);
    HeadBlock own = HeadBlock.empty(1, 4, 32, 70);
    writer.decode(buffer.flip(), own);
    HeadBlock back = HeadBlock.empty(1, 4, 32, 70);
    KvCodec.named(writer.name()).decode(buffer.rewind(), back);
    assertThat(back.keys()).isEqualTo(own.keys());
    assertThat(back.values()).isEqualTo(own.values());
  }

  private static float tolerance(String name) {
    return switch (name) {
      case "f32" -> Float.MIN_VALUE;
      case "f16" -> 2e-3f;
      case "int8" -> 0.02f;
      case "kivi4" -> 0.15f;
      default -> 0.7f;
    };
  }

  private static int bytes(String name, HeadBlock block) {
    KvCodec codec = KvCodec.named(name);
    ByteBuffer buffer = buffer(codec.mostBytes(block.tokens(), block.headDim()));
    codec.encode(block, buffer);
    return buffer.position();
  }

  private static void requantise(float[] numbers) {
    ByteBuffer buffer = buffer(100);
    CodeGroup.encode(numbers, 0, 1, numbers.length, 2, buffer);
    CodeGroup.decode(buffer.flip(), numbers, 0, 1, numbers.length, 2);
  }

  private static float[] withoutFourth(float[] numbers) {
    var out = new float[numbers.length - 1];
    System.arraycopy(numbers, 0, out, 0, 4);
    System.arraycopy(numbers, 5, out, 4, out.length - 4);
    return out;
  }

  private static byte[] symbols(float[] row, int bins) {
    var symbols = new byte[row.length];
    AnchorCodec.symbols(row, 0, row.length, bins / 2 - 1, 2, symbols);
    return symbols;
  }

  /** A random walk over tokens, as keys before rotation are; values are independent. */
  private static HeadBlock walk(int tokens, int dims, long seed) {
    var random = new SplittableRandom(seed);
    var keys = new float[tokens * dims];
    var values = new float[tokens * dims];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = (i < dims ? 0 : keys[i - dims]) + (float) (0.2 * random.nextGaussian());
      values[i] = (float) random.nextGaussian();
    }
    return new HeadBlock(1, 4, dims, keys, values);
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static double entropyBits(byte[] symbols, int alphabet) {
    var counts = new double[alphabet];
    for (byte symbol : symbols) {
      counts[symbol]++;
    }
    double bits = 0;
    for (double count : counts) {
      bits -= count == 0 ? 0 : count * Math.log(count / symbols.length) / Math.log(2);
    }
    return bits;
  }

  private static double rootMeanSquare(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (double) (a[i] - b[i]);
    }
    return Math.sqrt(sum / a.length);
  }

  private static float largestError(float[] a, float[] b) {
    float largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
    }
    return largest;
  }
}
