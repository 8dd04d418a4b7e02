package io.madeleine.memory.codec;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;

/** Per-token codes of two sizes, after each channel was divided by the root of its maximum. */
final class MixedCodec {

  private MixedCodec() {}

  static void encode(HeadBlock block, KvCodec.Mixed options, ByteBuffer out) {
    BitSet high = mostDifferent(block, (int) Math.round(options.highShare() * block.tokens()));
    byte[] flags = Arrays.copyOf(high.toByteArray(), (block.tokens() + 7) / 8);
    out.put(flags);
    for (float[] numbers : new float[][] {block.keys(), block.values()}) {
      float[] scales = channelScales(numbers, block.headDim());
      for (float scale : scales) {
        out.putFloat(scale);
      }
      float[] even = divided(numbers, scales);
      for (int token = 0; token < block.tokens(); token++) {
        int bits = high.get(token) ? options.highBits() : options.lowBits();
        CodeGroup.encode(even, token * block.headDim(), 1, block.headDim(), bits, out);
      }
    }
  }

  static void decode(ByteBuffer in, KvCodec.Mixed options, HeadBlock block) {
    var flags = new byte[(block.tokens() + 7) / 8];
    in.get(flags);
    BitSet high = BitSet.valueOf(flags);
    int dims = block.headDim();
    for (float[] numbers : new float[][] {block.keys(), block.values()}) {
      var scales = new float[dims];
      for (int c = 0; c < dims; c++) {
        scales[c] = in.getFloat();
      }
      for (int token = 0; token < block.tokens(); token++) {
        int bits = high.get(token) ? options.highBits() : options.lowBits();
        CodeGroup.decode(in, numbers, token * dims, 1, dims, bits);
        for (int c = 0; c < dims; c++) {
          numbers[token * dims + c] *= scales[c];
        }
      }
    }
  }

  private static float[] divided(float[] numbers, float[] scales) {
    var out = new float[numbers.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = numbers[i] / scales[i % scales.length];
    }
    return out;
  }

  private static float[] channelScales(float[] numbers, int dims) {
    var scales = new float[dims];
    for (int i = 0; i < numbers.length; i++) {
      scales[i % dims] = Math.max(scales[i % dims], Math.abs(numbers[i]));
    }
    for (int c = 0; c < dims; c++) {
      scales[c] = scales[c] == 0 ? 1 : (float) Math.sqrt(scales[c]);
    }
    return scales;
  }

  /** Tokens whose keys point least where the mean points. */
  private static BitSet mostDifferent(HeadBlock block, int count) {
    int dims = block.headDim();
    int tokens = block.tokens();
    var mean = new double[dims];
    for (int i = 0; i < tokens * dims; i++) {
      mean[i % dims] += block.keys()[i];
    }
    var order = new long[tokens];
    for (int token = 0; token < tokens; token++) {
      double dot = 0;
      double square = 1e-12;
      for (int c = 0; c < dims; c++) {
        double x = block.keys()[token * dims + c];
        dot += x * mean[c];
        square += x * x;
      }
      int rank = Math.round((float) (dot / Math.sqrt(square) * 1e4));
      order[token] = (long) rank << 32 | token;
    }
    Arrays.sort(order);
    var chosen = new BitSet(tokens);
    for (int i = 0; i < Math.min(count, tokens); i++) {
      chosen.set((int) order[i]);
    }
    return chosen;
  }
}
