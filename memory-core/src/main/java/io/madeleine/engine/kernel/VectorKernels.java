package io.madeleine.engine.kernel;

import static io.madeleine.engine.kernel.Memory.f32;
import static io.madeleine.engine.kernel.VectorLoads.FLOATS;
import static io.madeleine.engine.kernel.VectorLoads.LANES;
import static io.madeleine.engine.kernel.VectorLoads.floats;
import static io.madeleine.engine.kernel.VectorLoads.store;

import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.tensor.ElementType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The kernels on the Vector API; {@link ScalarKernels} is their reference in every test.
 *
 * <p>Loops are written out, and no helper takes a vector after a loop: a call that is not inlined
 * on such a cold edge makes the compiler box the accumulators inside the hot loop.
 */
final class VectorKernels extends ScalarKernels {

  @Override
  public void dequantise(ElementType type, long source, int count, long target) {
    int done = VectorBlocks.dequantise(type, source, count, target);
    if (done < count) {
      super.dequantise(type, source + type.bytes(done), count - done, target + 4L * done);
    }
  }

  @Override
  public boolean packs(int tokens) {
    return tokens > VectorBatch.TOKENS;
  }

  @Override
  public int packTile() {
    return VectorGemm.TILE;
  }

  @Override
  public int packedTokens(int tokens) {
    return VectorGemm.padded(tokens);
  }

  @Override
  public void pack(long x, int xStride, int tokens, int columns, int firstToken, long packed) {
    VectorGemm.pack(x, xStride, tokens, columns, firstToken, packed);
  }

  @Override
  public int scratch(int columns, int tokens) {
    int rows = Math.max(WideTokens.scratch(columns), RowScales.scratch(columns));
    return Math.max(rows, Math.max(VectorBatch.SCRATCH, VectorGemm.scratch(tokens)));
  }

  @Override
  public void prepareRows(ElementType type, long x, int columns, long scratch) {
    if (WideTokens.serve(type, columns)) {
      WideTokens.prepare(type, x, columns, scratch);
    } else if (columns % LANES == 0 && VectorRows.scaled(type)) {
      RowScales.prepare(x, columns, scratch);
    }
  }

  @Override
  public void multiplyPanel(
      ElementType type,
      long weights,
      int columns,
      int rows,
      long x,
      int xStride,
      int tokens,
      long packed,
      long out,
      int outStride,
      long scratch) {
    if (packs(tokens)) {
      VectorGemm.multiply(
          this, type, weights, columns, rows, packed, tokens, out, outStride, scratch);
    } else if (columns % LANES != 0) {
      super.multiplyPanel(
          type, weights, columns, rows, x, xStride, tokens, packed, out, outStride, scratch);
    } else if (tokens == 1 && type == ElementType.Q8_0 && WideTokens.serve(type, columns)) {
      VectorWideQuads.q8(weights, rows, type.bytes(columns), columns, x, out);
    } else if (tokens == 1 && WideTokens.serve(type, columns)) {
      long rowBytes = type.bytes(columns);
      for (int row = 0; row < rows; row++) {
        f32(out + 4L * row, WideTokens.dot(type, weights + row * rowBytes, columns, x, scratch));
      }
    } else if (tokens == 1 && VectorRows.reads(type)) {
      long rowBytes = type.bytes(columns);
      for (int row = 0; row < rows; row++) {
        f32(out + 4L * row, VectorRows.dot(type, weights + row * rowBytes, columns, x, scratch));
      }
    } else {
      VectorBatch.multiply(
          this, type, weights, columns, rows, x, xStride, tokens, out, outStride, scratch);
    }
  }

  @Override
  public float dot(long a, long b, int count) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i <= count - 2 * LANES; i += 2 * LANES) {
      sum0 = floats(a + 4L * i).fma(floats(b + 4L * i), sum0);
      sum1 = floats(a + 4L * (i + LANES)).fma(floats(b + 4L * (i + LANES)), sum1);
    }
    for (; i <= count - LANES; i += LANES) {
      sum0 = floats(a + 4L * i).fma(floats(b + 4L * i), sum0);
    }
    float sum = sum0.add(sum1).reduceLanes(VectorOperators.ADD);
    for (; i < count; i++) {
      sum += f32(a + 4L * i) * f32(b + 4L * i);
    }
    return sum;
  }

  @Override
  public void rmsNorm(long x, long weight, int count, float epsilon, long out) {
    float factor = (float) (1 / Math.sqrt(dot(x, x, count) / count + epsilon));
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      store(floats(x + 4L * i).mul(factor).mul(floats(weight + 4L * i)), out + 4L * i);
    }
    for (; i < count; i++) {
      f32(out + 4L * i, f32(x + 4L * i) * factor * f32(weight + 4L * i));
    }
  }

  @Override
  public void swiGlu(long gate, long up, int count) {
    int whole = count - count % LANES;
    for (int i = 0; i < whole; i += LANES) {
      var g = floats(gate + 4L * i);
      var silu = g.div(g.neg().lanewise(VectorOperators.EXP).add(1));
      store(silu.mul(floats(up + 4L * i)), gate + 4L * i);
    }
    super.swiGlu(gate + 4L * whole, up + 4L * whole, count - whole);
  }

  @Override
  public void add(long x, long y, int count) {
    int whole = count - count % LANES;
    for (int i = 0; i < whole; i += LANES) {
      store(floats(x + 4L * i).add(floats(y + 4L * i)), x + 4L * i);
    }
    super.add(x + 4L * whole, y + 4L * whole, count - whole);
  }

  @Override
  public void scale(long x, float factor, int count) {
    int whole = count - count % LANES;
    for (int i = 0; i < whole; i += LANES) {
      store(floats(x + 4L * i).mul(factor), x + 4L * i);
    }
    super.scale(x + 4L * whole, factor, count - whole);
  }

  @Override
  public void rotateHalves(long vector, long cos, long sin, int pairs) {
    int whole = pairs - pairs % LANES;
    for (int i = 0; i < whole; i += LANES) {
      long first = vector + 4L * i;
      long second = first + 4L * pairs;
      var a = floats(first);
      var b = floats(second);
      var c = floats(cos + 4L * i);
      var s = floats(sin + 4L * i);
      store(a.mul(c).sub(b.mul(s)), first);
      store(b.mul(c).add(a.mul(s)), second);
    }
    for (int i = whole; i < pairs; i++) {
      rotate(vector + 4L * i, vector + 4L * (i + pairs), f32(cos + 4L * i), f32(sin + 4L * i));
    }
  }

  @Override
  public void scores(
      KvType type,
      long page,
      int headDim,
      long q,
      int qStride,
      int rows,
      float scale,
      long out,
      int outStride) {
    VectorAttention.scores(type, page, headDim, q, qStride, rows, scale, out, outStride);
  }

  @Override
  public void softmax(long row, int count, int padded) {
    float largest = largest(row, count);
    var sums = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      var e = floats(row + 4L * i).sub(largest).lanewise(VectorOperators.EXP);
      store(e, row + 4L * i);
      sums = sums.add(e);
    }
    float sum = sums.reduceLanes(VectorOperators.ADD);
    for (; i < count; i++) {
      float e = (float) Math.exp(f32(row + 4L * i) - largest);
      f32(row + 4L * i, e);
      sum += e;
    }
    scale(row, 1 / sum, count);
    for (; i < padded; i++) {
      f32(row + 4L * i, 0);
    }
  }

  private static float largest(long row, int count) {
    var most = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      most = most.max(floats(row + 4L * i));
    }
    float largest = most.reduceLanes(VectorOperators.MAX);
    for (; i < count; i++) {
      largest = Math.max(largest, f32(row + 4L * i));
    }
    return largest;
  }

  @Override
  public void weigh(
      KvType type, long page, int headDim, long p, int pStride, int rows, long out, int outStride) {
    if (headDim % LANES == 0) {
      VectorAttention.weigh(type, page, headDim, p, pStride, rows, out, outStride);
    } else {
      super.weigh(type, page, headDim, p, pStride, rows, out, outStride);
    }
  }

  @Override
  public double logSumExp(long row, int count) {
    float largest = largest(row, count);
    double sum = 0;
    int i = 0;
    while (i <= count - LANES) {
      // In double every few thousand elements: a vocabulary is too long for one f32 sum.
      var sums = FloatVector.zero(FLOATS);
      int end = Math.min(count - LANES, i + 4096);
      for (; i <= end; i += LANES) {
        sums = sums.add(floats(row + 4L * i).sub(largest).lanewise(VectorOperators.EXP));
      }
      sum += sums.reduceLanes(VectorOperators.ADD);
    }
    for (; i < count; i++) {
      sum += Math.exp(f32(row + 4L * i) - largest);
    }
    return largest + Math.log(sum);
  }
}
