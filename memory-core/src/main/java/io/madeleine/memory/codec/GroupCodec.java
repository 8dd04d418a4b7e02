package io.madeleine.memory.codec;

import java.nio.ByteBuffer;

/** KIVI's grouping: keys along tokens, values along channels. */
final class GroupCodec {

  private static final int GROUP = 32;

  private GroupCodec() {}

  static void encode(HeadBlock block, int bits, ByteBuffer out) {
    int dims = block.headDim();
    int whole = block.tokens() / GROUP * GROUP;
    for (int from = 0; from < whole; from += GROUP) {
      for (int c = 0; c < dims; c++) {
        CodeGroup.encode(block.keys(), from * dims + c, dims, GROUP, bits, out);
      }
    }
    for (int i = whole * dims; i < block.keys().length; i++) {
      out.putShort(Float.floatToFloat16(block.keys()[i]));
    }
    for (int i = 0; i < block.values().length; i += groupOf(dims)) {
      CodeGroup.encode(block.values(), i, 1, groupOf(dims), bits, out);
    }
  }

  static void decode(ByteBuffer in, int bits, HeadBlock block) {
    int dims = block.headDim();
    int whole = block.tokens() / GROUP * GROUP;
    for (int from = 0; from < whole; from += GROUP) {
      for (int c = 0; c < dims; c++) {
        CodeGroup.decode(in, block.keys(), from * dims + c, dims, GROUP, bits);
      }
    }
    for (int i = whole * dims; i < block.keys().length; i++) {
      block.keys()[i] = Float.float16ToFloat(in.getShort());
    }
    for (int i = 0; i < block.values().length; i += groupOf(dims)) {
      CodeGroup.decode(in, block.values(), i, 1, groupOf(dims), bits);
    }
  }

  private static int groupOf(int dims) {
    return dims % GROUP == 0 ? GROUP : dims;
  }
}
