package io.madeleine.engine.kernel;

import static io.madeleine.engine.kernel.Memory.ALL;

import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** One vector of floats from memory, whatever type it lies there in. */
final class VectorLoads {
  private VectorLoads() {}

  /** At most 512 bits: a page of keys has 16 tokens. */
  static final VectorSpecies<Float> FLOATS =
      FloatVector.SPECIES_PREFERRED.length() > 16
          ? FloatVector.SPECIES_512
          : FloatVector.SPECIES_PREFERRED;

  static final int LANES = FLOATS.length();

  static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);
  static final VectorSpecies<Byte> BYTES =
      LANES == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;
  private static final VectorSpecies<Short> SHORTS =
      LANES == 16
          ? ShortVector.SPECIES_256
          : LANES == 8 ? ShortVector.SPECIES_128 : ShortVector.SPECIES_64;
  static final IntVector INDEX = IntVector.zero(INTS).addIndex(1);
  private static final IntVector BYTE_SHIFTS = IntVector.zero(INTS).addIndex(8);
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  static FloatVector floats(long address) {
    return FloatVector.fromMemorySegment(FLOATS, ALL, address, ORDER);
  }

  static void store(FloatVector vector, long address) {
    vector.intoMemorySegment(ALL, address, ORDER);
  }

  /** {@return LANES bytes, 0 to 255, as ints} */
  static IntVector unsignedBytes(long address) {
    if (LANES == 4) { // no byte vector is that short
      return IntVector.broadcast(INTS, Memory.i32(address))
          .lanewise(VectorOperators.LSHR, BYTE_SHIFTS)
          .and(255);
    }
    return (IntVector)
        ByteVector.fromMemorySegment(BYTES, ALL, address, ORDER)
            .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
  }

  /** {@return LANES bytes, -128 to 127, as floats} */
  static FloatVector signedBytes(long address) {
    if (LANES == 4) {
      return asFloats(
          IntVector.broadcast(INTS, Memory.i32(address))
              .lanewise(VectorOperators.LSHR, BYTE_SHIFTS)
              .lanewise(VectorOperators.LSHL, 24)
              .lanewise(VectorOperators.ASHR, 24));
    }
    return (FloatVector)
        ByteVector.fromMemorySegment(BYTES, ALL, address, ORDER)
            .convertShape(VectorOperators.B2F, FLOATS, 0);
  }

  /** {@return LANES numbers of IEEE half precision; infinities and NaNs come out finite} */
  static FloatVector halves(long address) {
    IntVector bits = shorts(address);
    // Exponent and fraction move into place; the product mends the exponent's bias, and also turns
    // subnormal halves into the normal floats that they are.
    FloatVector magnitude =
        bits.and(0x7FFF).lanewise(VectorOperators.LSHL, 13).reinterpretAsFloats().mul(0x1p112f);
    return bits.and(0x8000)
        .lanewise(VectorOperators.LSHL, 16)
        .or(magnitude.reinterpretAsInts())
        .reinterpretAsFloats();
  }

  /** {@return LANES numbers of bfloat16} */
  static FloatVector bfloats(long address) {
    return shorts(address).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  private static IntVector shorts(long address) {
    return (IntVector)
        ShortVector.fromMemorySegment(SHORTS, ALL, address, ORDER)
            .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
  }

  static FloatVector asFloats(IntVector ints) {
    return (FloatVector) ints.convertShape(VectorOperators.I2F, FLOATS, 0);
  }
}
