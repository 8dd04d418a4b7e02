package io.madeleine.memory.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What two layers share, and who keeps what is his own. */
final class PairCodecTest {

  private static final KvCodec MINICACHE = KvCodec.named("minicache");
  private static final int DIMS = 16;
  private static final int TOKENS = 40;

  @Test
  void g14_directionAndWhatIsRestored_matchTheOracle() {
    float[] direction = PairCodec.direction(new float[] {3, 0}, new float[] {0, 2}, 0.6);
    assertThat(direction).containsExactly(new float[] {0.587785f, 0.809017f}, within(1e-5f));
    List<HeadBlock> heads = behindTheMiddle(block(2, 4, 3, 0), block(3, 4, 0, 2));
    List<HeadBlock> back = back(heads, 2);
    assertThat(back.get(2).keys())
        .containsExactly(new float[] {1.763356f, 2.427051f}, within(1e-3f));
    assertThat(back.get(3).keys())
        .containsExactly(new float[] {1.175571f, 1.618034f}, within(1e-3f));
  }

  @Test
  void direction_ofOneAndTheSame_isThat() {
    assertThat(PairCodec.direction(new float[] {0, 5}, new float[] {0, 1}, 0.6))
        .containsExactly(new float[] {0, 1}, within(1e-6f));
    assertThat(PairCodec.direction(new float[] {0, 0}, new float[] {0, 2}, 0.6))
        .containsExactly(new float[] {0, 1}, within(1e-6f));
    assertThat(PairCodec.direction(new float[2], new float[2], 0.6)).containsOnly(0);
  }

  @Test
  void decodeAll_layersOfOneDirection_giveAllBackInLessRoom() {
    float[] numbers = random(7);
    List<HeadBlock> heads = new ArrayList<>();
    for (int layer = 0; layer < 4; layer++) {
      float[] longer = times(numbers, 1 + layer);
      heads.add(new HeadBlock(layer, 4, DIMS, longer, longer));
    }
    List<HeadBlock> back = back(heads, DIMS);
    for (int layer = 0; layer < 4; layer++) {
      assertThat(back.get(layer).keys()).containsExactly(heads.get(layer).keys(), within(2e-2f));
    }
    // two layers as they are; a direction and two lengths for the other two
    int numbersWritten = 2 * TOKENS * (2 * DIMS + DIMS + 2);
    assertThat(written(heads).remaining()).isBetween(2 * numbersWritten, 2 * numbersWritten + 100);
  }

  @Test
  void decodeAll_theTokenThatDiffersMost_keepsBothRows() {
    float[] earlier = random(3);
    float[] later = earlier.clone();
    for (int c = 0; c < DIMS; c++) {
      later[5 * DIMS + c] *= -1;
    }
    List<HeadBlock> back =
        back(
            behindTheMiddle(
                new HeadBlock(2, 4, DIMS, earlier, earlier),
                new HeadBlock(3, 4, DIMS, later, later)),
            DIMS);
    assertThat(back.get(2).keys()).containsExactly(earlier, within(5e-3f));
    assertThat(back.get(3).values()).containsExactly(later, within(5e-3f));
  }

  @Test
  void decodeAll_aLayerThatIsLeftOver_isHalves() {
    List<HeadBlock> five = new ArrayList<>();
    for (int layer = 0; layer < 5; layer++) {
      five.add(new HeadBlock(layer, 5, DIMS, random(layer), random(10 + layer)));
    }
    assertEqualsInHalves(back(five, DIMS), five, 0, 1, 4);
  }

  @Test
  void decodeAll_headsThatHoldDifferentTokens_areHalves() {
    List<HeadBlock> heads = behindTheMiddle(random(1), random(3));
    ByteBuffer out = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    MINICACHE.encodeAll(heads, /* alike= */ false, out);
    List<HeadBlock> back = empty(heads, DIMS);
    MINICACHE.decodeAll(out.flip(), /* alike= */ false, back);
    assertThat(out.hasRemaining()).isFalse();
    assertEqualsInHalves(back, heads, 0, 1, 2, 3);
  }

  @Test
  void decodeAll_twoHeadsALayer_everyHeadHasItsOwnPartner() {
    List<HeadBlock> heads = new ArrayList<>();
    for (int layer = 0; layer < 2; layer++) {
      heads.add(new HeadBlock(layer, 4, DIMS, random(layer), random(9)));
      heads.add(new HeadBlock(layer, 4, DIMS, random(layer), random(9)));
    }
    for (int layer = 2; layer < 4; layer++) {
      heads.add(new HeadBlock(layer, 4, DIMS, times(random(20), layer), random(21)));
      heads.add(new HeadBlock(layer, 4, DIMS, times(random(22), layer), random(23)));
    }
    assertEqualsInHalves(back(heads, DIMS), heads, 0, 1, 2, 3, 4, 5, 6, 7);
  }

  @Test
  void apart_isAShareOfTheRangeOfAngles_notOfTheTokens() {
    double[] angles = {0.1, 0.1, 0.1, 1.0, 1.09, 1.1, 1.1};
    assertThat(PairCodec.apart(angles, 0.05)).hasToString("{4, 5, 6}");
    assertThat(PairCodec.apart(angles, 0)).hasToString("{5, 6}");
    assertThat(PairCodec.apart(new double[] {0.3, 0.3}, 0.05)).hasToString("{}");
  }

  private static void assertEqualsInHalves(
      List<HeadBlock> back, List<HeadBlock> heads, int... which) {
    for (int head : which) {
      assertThat(back.get(head).keys()).containsExactly(heads.get(head).keys(), within(2e-2f));
      assertThat(back.get(head).values()).containsExactly(heads.get(head).values(), within(2e-2f));
    }
  }

  private static List<HeadBlock> behindTheMiddle(float[] earlier, float[] later) {
    return behindTheMiddle(
        new HeadBlock(2, 4, DIMS, earlier, earlier), new HeadBlock(3, 4, DIMS, later, later));
  }

  @Test
  void decodeAll_directionsApart_keepTheirLengths() {
    List<HeadBlock> heads =
        behindTheMiddle(
            new HeadBlock(2, 4, DIMS, random(1), random(2)),
            new HeadBlock(3, 4, DIMS, random(3), random(4)));
    List<HeadBlock> back = back(heads, DIMS);
    for (int head = 2; head < 4; head++) {
      for (int token = 0; token < TOKENS; token++) {
        assertThat(length(back.get(head).keys(), token))
            .isCloseTo(length(heads.get(head).keys(), token), within(1e-2));
      }
    }
    assertThat(back.get(2).keys()).isNotEqualTo(heads.get(2).keys());
  }

  @Test
  void paired_sharesBeyondOne_areRefused() {
    assertThatThrownBy(() -> new KvCodec.Paired(1.5, 0)).hasMessageContaining("1.5");
    assertThatThrownBy(() -> new KvCodec.Paired(0.5, -1)).hasMessageContaining("-1");
  }

  /** A pair behind two layers of nothing. */
  private static List<HeadBlock> behindTheMiddle(HeadBlock earlier, HeadBlock later) {
    int dims = earlier.headDim();
    return List.of(HeadBlock.empty(0, 4, dims, 1), HeadBlock.empty(1, 4, dims, 1), earlier, later);
  }

  private static HeadBlock block(int layer, int layers, float... row) {
    return new HeadBlock(layer, layers, row.length, row, row);
  }

  private static List<HeadBlock> back(List<HeadBlock> heads, int dims) {
    ByteBuffer in = written(heads);
    List<HeadBlock> back = empty(heads, dims);
    MINICACHE.decodeAll(in, /* alike= */ true, back);
    assertThat(in.hasRemaining()).isFalse();
    return back;
  }

  private static List<HeadBlock> empty(List<HeadBlock> heads, int dims) {
    return heads.stream()
        .map(head -> HeadBlock.empty(head.layer(), head.layers(), dims, head.tokens()))
        .toList();
  }

  private static ByteBuffer written(List<HeadBlock> heads) {
    ByteBuffer out = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    MINICACHE.encodeAll(heads, /* alike= */ true, out);
    return out.flip();
  }

  private static float[] random(long seed) {
    var random = new SplittableRandom(seed);
    var numbers = new float[TOKENS * DIMS];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  private static float[] times(float[] numbers, float factor) {
    float[] longer = numbers.clone();
    for (int i = 0; i < longer.length; i++) {
      longer[i] *= factor;
    }
    return longer;
  }

  private static double length(float[] rows, int token) {
    double square = 0;
    for (float x : Arrays.copyOfRange(rows, token * DIMS, (token + 1) * DIMS)) {
      square += (double) x * x;
    }
    return Math.sqrt(square);
  }
}
