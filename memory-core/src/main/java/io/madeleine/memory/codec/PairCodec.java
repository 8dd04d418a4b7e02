package io.madeleine.memory.codec;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * MiniCache's pairs of layers: one direction for two, a length for each.
 *
 * <p>Written are, for keys and then for values of every pair: which tokens keep both rows, a bit
 * each; then, token by token, two rows, or one direction and two lengths, all of them halves.
 */
final class PairCodec {

  /** Radians below which an angle is none. */
  private static final double ROUNDING = 1e-6;

  private PairCodec() {}

  static void encode(List<HeadBlock> heads, KvCodec.Paired options, ByteBuffer out) {
    for (int head = 0; head < heads.size(); head++) {
      HeadBlock block = heads.get(head);
      int partner = partner(heads, head);
      if (partner > head) {
        encode(block.keys(), heads.get(partner).keys(), block.headDim(), options, out);
        encode(block.values(), heads.get(partner).values(), block.headDim(), options, out);
      } else if (partner < 0) {
        PlainCodec.encodeHalves(block, out);
      }
    }
  }

  static void decode(ByteBuffer in, List<HeadBlock> heads) {
    for (int head = 0; head < heads.size(); head++) {
      HeadBlock block = heads.get(head);
      int partner = partner(heads, head);
      if (partner > head) {
        decode(in, block.keys(), heads.get(partner).keys(), block.headDim());
        decode(in, block.values(), heads.get(partner).values(), block.headDim());
      } else if (partner < 0) {
        PlainCodec.decodeHalves(in, block);
      }
    }
  }

  /**
   * The same head of the other layer of its pair, or -1: layers before the middle, and a last one
   * that is left over, have none.
   */
  private static int partner(List<HeadBlock> heads, int head) {
    HeadBlock block = heads.get(head);
    int middle = block.layers() / 2;
    if (block.layer() < middle) {
      return -1;
    }
    int kvHeads = heads.size() / block.layers();
    int partner = (block.layer() - middle) % 2 == 0 ? head + kvHeads : head - kvHeads;
    return partner < heads.size() ? partner : -1;
  }

  private static void encode(
      float[] earlier, float[] later, int dims, KvCodec.Paired options, ByteBuffer out) {
    int tokens = earlier.length / dims;
    BitSet apart = apart(angles(earlier, later, dims), options.unmerged());
    out.put(Arrays.copyOf(apart.toByteArray(), (tokens + 7) / 8));
    for (int token = 0; token < tokens; token++) {
      float[] a = row(earlier, token, dims);
      float[] b = row(later, token, dims);
      if (apart.get(token)) {
        putHalves(a, out);
        putHalves(b, out);
      } else {
        putHalves(direction(a, b, options.nearness()), out);
        putHalves(new float[] {(float) length(a), (float) length(b)}, out);
      }
    }
  }

  private static void decode(ByteBuffer in, float[] earlier, float[] later, int dims) {
    int tokens = earlier.length / dims;
    var bits = new byte[(tokens + 7) / 8];
    in.get(bits);
    BitSet apart = BitSet.valueOf(bits);
    var lengths = new float[2];
    for (int token = 0; token < tokens; token++) {
      int from = token * dims;
      getHalves(in, earlier, from, dims);
      if (apart.get(token)) {
        getHalves(in, later, from, dims);
      } else {
        getHalves(in, lengths, 0, 2);
        for (int c = from; c < from + dims; c++) {
          later[c] = lengths[1] * earlier[c];
          earlier[c] *= lengths[0];
        }
      }
    }
  }

  /**
   * {@return the unit vector between two directions} Where they are one and the same, or opposite,
   * there is no arc to walk on: then the straight line between them serves.
   *
   * @param nearness 0 is the first, 1 the second
   */
  static float[] direction(float[] a, float[] b, double nearness) {
    double first = length(a) == 0 ? 0 : 1 / length(a);
    double second = length(b) == 0 ? 0 : 1 / length(b);
    double angle = angle(a, b);
    double sine = Math.sin(angle);
    double ofFirst = sine < ROUNDING ? 1 - nearness : Math.sin((1 - nearness) * angle) / sine;
    double ofSecond = sine < ROUNDING ? nearness : Math.sin(nearness * angle) / sine;
    var direction = new float[a.length];
    for (int c = 0; c < a.length; c++) {
      direction[c] = (float) (ofFirst * first * a[c] + ofSecond * second * b[c]);
    }
    double length = length(direction);
    for (int c = 0; c < a.length && length > 0; c++) {
      direction[c] /= (float) length;
    }
    return direction;
  }

  /** Tokens near the largest angle that there is, unless all are the same but for rounding. */
  static BitSet apart(double[] angles, double share) {
    double largest = Arrays.stream(angles).max().orElse(0);
    double smallest = Arrays.stream(angles).min().orElse(0);
    double bound = largest - share * (largest - smallest);
    var apart = new BitSet();
    for (int token = 0; token < angles.length; token++) {
      apart.set(token, largest - smallest > ROUNDING && angles[token] >= bound);
    }
    return apart;
  }

  private static double[] angles(float[] earlier, float[] later, int dims) {
    var angles = new double[earlier.length / dims];
    Arrays.setAll(angles, token -> angle(row(earlier, token, dims), row(later, token, dims)));
    return angles;
  }

  private static double angle(float[] a, float[] b) {
    double dot = 0;
    for (int c = 0; c < a.length; c++) {
      dot += (double) a[c] * b[c];
    }
    double lengths = length(a) * length(b);
    return lengths == 0 ? 0 : Math.acos(Math.clamp(dot / lengths, -1, 1));
  }

  private static double length(float[] row) {
    double square = 0;
    for (float x : row) {
      square += (double) x * x;
    }
    return Math.sqrt(square);
  }

  private static float[] row(float[] rows, int token, int dims) {
    return Arrays.copyOfRange(rows, token * dims, (token + 1) * dims);
  }

  private static void putHalves(float[] numbers, ByteBuffer out) {
    for (float number : numbers) {
      out.putShort(Float.floatToFloat16(number));
    }
  }

  private static void getHalves(ByteBuffer in, float[] numbers, int from, int count) {
    for (int i = from; i < from + count; i++) {
      numbers[i] = Float.float16ToFloat(in.getShort());
    }
  }
}
