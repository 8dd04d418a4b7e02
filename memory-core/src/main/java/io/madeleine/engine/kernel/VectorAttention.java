package io.madeleine.engine.kernel;

import static io.madeleine.engine.kernel.Memory.f32;
import static io.madeleine.engine.kernel.VectorLoads.FLOATS;
import static io.madeleine.engine.kernel.VectorLoads.LANES;
import static io.madeleine.engine.kernel.VectorLoads.floats;
import static io.madeleine.engine.kernel.VectorLoads.halves;
import static io.madeleine.engine.kernel.VectorLoads.signedBytes;
import static io.madeleine.engine.kernel.VectorLoads.store;

import io.madeleine.engine.kv.KvType;
import jdk.incubator.vector.FloatVector;

/**
 * Queries against the pages of keys, probabilities against those of values.
 *
 * <p>Each way of storing has loops of its own, alike but for how they load: one loop that asks for
 * the type has too many nodes for the compiler to inline, and boxes.
 */
final class VectorAttention {
  private VectorAttention() {}

  private static final int PAGE = KvType.PAGE_TOKENS;

  static void scores(
      KvType type,
      long page,
      int headDim,
      long q,
      int qStride,
      int rows,
      float scale,
      long out,
      int outStride) {
    int r = 0;
    for (; r <= rows - 4; r += 4) {
      long q4 = q + 4L * r * qStride;
      long out4 = out + 4L * r * outStride;
      switch (type) {
        case F32 -> scores4F32(page, headDim, q4, qStride, out4, outStride);
        case F16 -> scores4F16(page, headDim, q4, qStride, out4, outStride);
        case INT8 -> scores4Int8(page, headDim, q4, qStride, out4, outStride);
      }
    }
    for (; r < rows; r++) {
      long q1 = q + 4L * r * qStride;
      long out1 = out + 4L * r * outStride;
      switch (type) {
        case F32 -> scores1F32(page, headDim, q1, out1);
        case F16 -> scores1F16(page, headDim, q1, out1);
        case INT8 -> scores1Int8(page, headDim, q1, out1);
      }
    }
    long units = page + type.keyScales(headDim);
    for (r = 0; r < rows; r++) {
      for (int lane = 0; lane < PAGE; lane += LANES) {
        long at = out + 4L * ((long) r * outStride + lane);
        var scaled = floats(at).mul(scale);
        store(type == KvType.INT8 ? scaled.mul(floats(units + 4L * lane)) : scaled, at);
      }
    }
  }

  /** See {@link RawKernels#weigh}; {@code headDim} is a multiple of the lanes. */
  static void weigh(
      KvType type, long page, int headDim, long p, int pStride, int rows, long out, int outStride) {
    int r = 0;
    for (; r <= rows - 4; r += 4) {
      long p4 = p + 4L * r * pStride;
      long out4 = out + 4L * r * outStride;
      switch (type) {
        case F32 -> weigh4F32(page, headDim, p4, pStride, out4, outStride);
        case F16 -> weigh4F16(page, headDim, p4, pStride, out4, outStride);
        case INT8 -> weigh4Int8(page, headDim, p4, pStride, out4, outStride);
      }
    }
    for (; r < rows; r++) {
      long p1 = p + 4L * r * pStride;
      long out1 = out + 4L * r * outStride;
      switch (type) {
        case F32 -> weigh1F32(page, headDim, p1, out1);
        case F16 -> weigh1F16(page, headDim, p1, out1);
        case INT8 -> weigh1Int8(page, headDim, p1, out1);
      }
    }
  }

  private static void scores4F32(
      long page, int headDim, long q, int qStride, long out, int outStride) {
    long step = 4L * qStride;
    for (int lane = 0; lane < PAGE; lane += LANES) {
      var sum0 = FloatVector.zero(FLOATS);
      var sum1 = FloatVector.zero(FLOATS);
      var sum2 = FloatVector.zero(FLOATS);
      var sum3 = FloatVector.zero(FLOATS);
      for (int d = 0; d < headDim; d++) {
        var key = floats(page + 4L * (d * PAGE + lane));
        long at = q + 4L * d;
        sum0 = key.fma(FloatVector.broadcast(FLOATS, f32(at)), sum0);
        sum1 = key.fma(FloatVector.broadcast(FLOATS, f32(at + step)), sum1);
        sum2 = key.fma(FloatVector.broadcast(FLOATS, f32(at + 2 * step)), sum2);
        sum3 = key.fma(FloatVector.broadcast(FLOATS, f32(at + 3 * step)), sum3);
      }
      long to = out + 4L * lane;
      store(sum0, to);
      store(sum1, to + 4L * outStride);
      store(sum2, to + 8L * outStride);
      store(sum3, to + 12L * outStride);
    }
  }

  private static void scores1F32(long page, int headDim, long q, long out) {
    for (int lane = 0; lane < PAGE; lane += LANES) {
      var even = FloatVector.zero(FLOATS);
      var odd = FloatVector.zero(FLOATS);
      for (int d = 0; d < headDim; d += 2) {
        var key0 = floats(page + 4L * (d * PAGE + lane));
        var key1 = floats(page + 4L * ((d + 1) * PAGE + lane));
        even = key0.fma(FloatVector.broadcast(FLOATS, f32(q + 4L * d)), even);
        odd = key1.fma(FloatVector.broadcast(FLOATS, f32(q + 4L * d + 4)), odd);
      }
      store(even.add(odd), out + 4L * lane);
    }
  }

  private static void weigh4F32(
      long page, int headDim, long p, int pStride, long out, int outStride) {
    long values = page + KvType.F32.values(headDim);
    long step = 4L * pStride;
    long outStep = 4L * outStride;
    for (int d = 0; d < headDim; d += LANES) {
      long to = out + 4L * d;
      var sum0 = floats(to);
      var sum1 = floats(to + outStep);
      var sum2 = floats(to + 2 * outStep);
      var sum3 = floats(to + 3 * outStep);
      for (int j = 0; j < PAGE; j++) {
        var value = floats(values + 4L * (j * headDim + d));
        long at = p + 4L * j;
        sum0 = value.fma(FloatVector.broadcast(FLOATS, f32(at)), sum0);
        sum1 = value.fma(FloatVector.broadcast(FLOATS, f32(at + step)), sum1);
        sum2 = value.fma(FloatVector.broadcast(FLOATS, f32(at + 2 * step)), sum2);
        sum3 = value.fma(FloatVector.broadcast(FLOATS, f32(at + 3 * step)), sum3);
      }
      store(sum0, to);
      store(sum1, to + outStep);
      store(sum2, to + 2 * outStep);
      store(sum3, to + 3 * outStep);
    }
  }

  private static void weigh1F32(long page, int headDim, long p, long out) {
    long values = page + KvType.F32.values(headDim);
    for (int d = 0; d < headDim; d += LANES) {
      var sum = floats(out + 4L * d);
      for (int j = 0; j < PAGE; j++) {
        var value = floats(values + 4L * (j * headDim + d));
        sum = value.fma(FloatVector.broadcast(FLOATS, f32(p + 4L * j)), sum);
      }
      store(sum, out + 4L * d);
    }
  }

  private static void scores4F16(
      long page, int headDim, long q, int qStride, long out, int outStride) {
    long step = 4L * qStride;
    for (int lane = 0; lane < PAGE; lane += LANES) {
      var sum0 = FloatVector.zero(FLOATS);
      var sum1 = FloatVector.zero(FLOATS);
      var sum2 = FloatVector.zero(FLOATS);
      var sum3 = FloatVector.zero(FLOATS);
      for (int d = 0; d < headDim; d++) {
        var key = halves(page + 2L * (d * PAGE + lane));
        long at = q + 4L * d;
        sum0 = key.fma(FloatVector.broadcast(FLOATS, f32(at)), sum0);
        sum1 = key.fma(FloatVector.broadcast(FLOATS, f32(at + step)), sum1);
        sum2 = key.fma(FloatVector.broadcast(FLOATS, f32(at + 2 * step)), sum2);
        sum3 = key.fma(FloatVector.broadcast(FLOATS, f32(at + 3 * step)), sum3);
      }
      long to = out + 4L * lane;
      store(sum0, to);
      store(sum1, to + 4L * outStride);
      store(sum2, to + 8L * outStride);
      store(sum3, to + 12L * outStride);
    }
  }

  private static void scores1F16(long page, int headDim, long q, long out) {
    for (int lane = 0; lane < PAGE; lane += LANES) {
      var even = FloatVector.zero(FLOATS);
      var odd = FloatVector.zero(FLOATS);
      for (int d = 0; d < headDim; d += 2) {
        var key0 = halves(page + 2L * (d * PAGE + lane));
        var key1 = halves(page + 2L * ((d + 1) * PAGE + lane));
        even = key0.fma(FloatVector.broadcast(FLOATS, f32(q + 4L * d)), even);
        odd = key1.fma(FloatVector.broadcast(FLOATS, f32(q + 4L * d + 4)), odd);
      }
      store(even.add(odd), out + 4L * lane);
    }
  }

  private static void weigh4F16(
      long page, int headDim, long p, int pStride, long out, int outStride) {
    long values = page + KvType.F16.values(headDim);
    long step = 4L * pStride;
    long outStep = 4L * outStride;
    for (int d = 0; d < headDim; d += LANES) {
      long to = out + 4L * d;
      var sum0 = floats(to);
      var sum1 = floats(to + outStep);
      var sum2 = floats(to + 2 * outStep);
      var sum3 = floats(to + 3 * outStep);
      for (int j = 0; j < PAGE; j++) {
        var value = halves(values + 2L * (j * headDim + d));
        long at = p + 4L * j;
        sum0 = value.fma(FloatVector.broadcast(FLOATS, f32(at)), sum0);
        sum1 = value.fma(FloatVector.broadcast(FLOATS, f32(at + step)), sum1);
        sum2 = value.fma(FloatVector.broadcast(FLOATS, f32(at + 2 * step)), sum2);
        sum3 = value.fma(FloatVector.broadcast(FLOATS, f32(at + 3 * step)), sum3);
      }
      store(sum0, to);
      store(sum1, to + outStep);
      store(sum2, to + 2 * outStep);
      store(sum3, to + 3 * outStep);
    }
  }

  private static void weigh1F16(long page, int headDim, long p, long out) {
    long values = page + KvType.F16.values(headDim);
    for (int d = 0; d < headDim; d += LANES) {
      var sum = floats(out + 4L * d);
      for (int j = 0; j < PAGE; j++) {
        var value = halves(values + 2L * (j * headDim + d));
        sum = value.fma(FloatVector.broadcast(FLOATS, f32(p + 4L * j)), sum);
      }
      store(sum, out + 4L * d);
    }
  }

  private static void scores4Int8(
      long page, int headDim, long q, int qStride, long out, int outStride) {
    long step = 4L * qStride;
    for (int lane = 0; lane < PAGE; lane += LANES) {
      var sum0 = FloatVector.zero(FLOATS);
      var sum1 = FloatVector.zero(FLOATS);
      var sum2 = FloatVector.zero(FLOATS);
      var sum3 = FloatVector.zero(FLOATS);
      for (int d = 0; d < headDim; d++) {
        var key = signedBytes(page + (long) d * PAGE + lane);
        long at = q + 4L * d;
        sum0 = key.fma(FloatVector.broadcast(FLOATS, f32(at)), sum0);
        sum1 = key.fma(FloatVector.broadcast(FLOATS, f32(at + step)), sum1);
        sum2 = key.fma(FloatVector.broadcast(FLOATS, f32(at + 2 * step)), sum2);
        sum3 = key.fma(FloatVector.broadcast(FLOATS, f32(at + 3 * step)), sum3);
      }
      long to = out + 4L * lane;
      store(sum0, to);
      store(sum1, to + 4L * outStride);
      store(sum2, to + 8L * outStride);
      store(sum3, to + 12L * outStride);
    }
  }

  private static void scores1Int8(long page, int headDim, long q, long out) {
    for (int lane = 0; lane < PAGE; lane += LANES) {
      var even = FloatVector.zero(FLOATS);
      var odd = FloatVector.zero(FLOATS);
      for (int d = 0; d < headDim; d += 2) {
        var key0 = signedBytes(page + (long) d * PAGE + lane);
        var key1 = signedBytes(page + (d + 1L) * PAGE + lane);
        even = key0.fma(FloatVector.broadcast(FLOATS, f32(q + 4L * d)), even);
        odd = key1.fma(FloatVector.broadcast(FLOATS, f32(q + 4L * d + 4)), odd);
      }
      store(even.add(odd), out + 4L * lane);
    }
  }

  private static void weigh4Int8(
      long page, int headDim, long p, int pStride, long out, int outStride) {
    long values = page + KvType.INT8.values(headDim);
    long scales = page + KvType.INT8.valueScales(headDim);
    long step = 4L * pStride;
    long outStep = 4L * outStride;
    for (int d = 0; d < headDim; d += LANES) {
      long to = out + 4L * d;
      var sum0 = floats(to);
      var sum1 = floats(to + outStep);
      var sum2 = floats(to + 2 * outStep);
      var sum3 = floats(to + 3 * outStep);
      for (int j = 0; j < PAGE; j++) {
        var value = signedBytes(values + (long) j * headDim + d);
        value = value.mul(f32(scales + 4L * j));
        long at = p + 4L * j;
        sum0 = value.fma(FloatVector.broadcast(FLOATS, f32(at)), sum0);
        sum1 = value.fma(FloatVector.broadcast(FLOATS, f32(at + step)), sum1);
        sum2 = value.fma(FloatVector.broadcast(FLOATS, f32(at + 2 * step)), sum2);
        sum3 = value.fma(FloatVector.broadcast(FLOATS, f32(at + 3 * step)), sum3);
      }
      store(sum0, to);
      store(sum1, to + outStep);
      store(sum2, to + 2 * outStep);
      store(sum3, to + 3 * outStep);
    }
  }

  private static void weigh1Int8(long page, int headDim, long p, long out) {
    long values = page + KvType.INT8.values(headDim);
    long scales = page + KvType.INT8.valueScales(headDim);
    for (int d = 0; d < headDim; d += LANES) {
      var sum = floats(out + 4L * d);
      for (int j = 0; j < PAGE; j++) {
        var value = signedBytes(values + (long) j * headDim + d);
        value = value.mul(f32(scales + 4L * j));
        sum = value.fma(FloatVector.broadcast(FLOATS, f32(p + 4L * j)), sum);
      }
      store(sum, out + 4L * d);
    }
  }
}
