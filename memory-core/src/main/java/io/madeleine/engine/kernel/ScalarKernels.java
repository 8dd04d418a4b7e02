package io.madeleine.engine.kernel;

import static io.madeleine.engine.kernel.Memory.f16;
import static io.madeleine.engine.kernel.Memory.f32;
import static io.madeleine.engine.kernel.Memory.i8;

import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.tensor.Blocks;
import io.madeleine.engine.tensor.ElementType;
import io.madeleine.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The kernels as one would write them on paper: the reference, and what runs without vectors. */
class ScalarKernels implements RawKernels {

  @Override
  public void dequantise(ElementType type, long source, int count, long target) {
    var bytes = Memory.ALL.asSlice(source, type.bytes(count));
    var numbers = new float[count];
    Blocks.dequantise(new Tensor("row", type, 1, count, bytes), 0, numbers);
    MemorySegment.copy(numbers, 0, Memory.ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, target, count);
  }

  @Override
  public float dot(long a, long b, int count) {
    float sum = 0;
    for (int i = 0; i < count; i++) {
      sum += f32(a + 4L * i) * f32(b + 4L * i);
    }
    return sum;
  }

  @Override
  public boolean packs(int tokens) {
    return false;
  }

  @Override
  public int packTile() {
    return 1;
  }

  @Override
  public int packedTokens(int tokens) {
    return 0;
  }

  @Override
  public void pack(long x, int xStride, int tokens, int columns, int firstToken, long packed) {
    throw new IllegalStateException("plain kernels pack nothing: should not happen");
  }

  @Override
  public int scratch(int columns, int tokens) {
    return columns;
  }

  @Override
  public void prepareRows(ElementType type, long x, int columns, long scratch) {}

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
    long rowBytes = type.bytes(columns);
    for (int row = 0; row < rows; row++) {
      dequantise(type, weights + row * rowBytes, columns, scratch);
      for (int t = 0; t < tokens; t++) {
        float product = dot(scratch, x + 4L * t * xStride, columns);
        f32(out + 4L * ((long) t * outStride + row), product);
      }
    }
  }

  @Override
  public void rmsNorm(long x, long weight, int count, float epsilon, long out) {
    float factor = (float) (1 / Math.sqrt(dot(x, x, count) / count + epsilon));
    for (int i = 0; i < count; i++) {
      f32(out + 4L * i, f32(x + 4L * i) * factor * f32(weight + 4L * i));
    }
  }

  @Override
  public void swiGlu(long gate, long up, int count) {
    for (int i = 0; i < count; i++) {
      float g = f32(gate + 4L * i);
      f32(gate + 4L * i, g / (1 + (float) Math.exp(-g)) * f32(up + 4L * i));
    }
  }

  @Override
  public void geGlu(long gate, long up, int count) {
    for (int i = 0; i < count; i++) {
      float g = f32(gate + 4L * i);
      double inner = Math.sqrt(2 / Math.PI) * g * (1 + 0.044715 * g * g);
      f32(gate + 4L * i, (float) (0.5 * g * (1 + Math.tanh(inner))) * f32(up + 4L * i));
    }
  }

  @Override
  public void add(long x, long y, int count) {
    for (int i = 0; i < count; i++) {
      f32(x + 4L * i, f32(x + 4L * i) + f32(y + 4L * i));
    }
  }

  @Override
  public void scale(long x, float factor, int count) {
    for (int i = 0; i < count; i++) {
      f32(x + 4L * i, f32(x + 4L * i) * factor);
    }
  }

  @Override
  public void rotateAdjacent(long vector, long cos, long sin, int pairs) {
    for (int i = 0; i < pairs; i++) {
      rotate(vector + 8L * i, vector + 8L * i + 4, f32(cos + 4L * i), f32(sin + 4L * i));
    }
  }

  @Override
  public void rotateHalves(long vector, long cos, long sin, int pairs) {
    for (int i = 0; i < pairs; i++) {
      long first = vector + 4L * i;
      rotate(first, first + 4L * pairs, f32(cos + 4L * i), f32(sin + 4L * i));
    }
  }

  static void rotate(long first, long second, float cos, float sin) {
    float a = f32(first);
    float b = f32(second);
    f32(first, a * cos - b * sin);
    f32(second, b * cos + a * sin);
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
    for (int r = 0; r < rows; r++) {
      for (int j = 0; j < KvType.PAGE_TOKENS; j++) {
        float sum = 0;
        for (int d = 0; d < headDim; d++) {
          sum += f32(q + 4L * (r * qStride + d)) * element(type, page, d * 16 + j);
        }
        float unit = type == KvType.INT8 ? f32(page + type.keyScales(headDim) + 4L * j) : 1;
        f32(out + 4L * (r * outStride + j), sum * scale * unit);
      }
    }
  }

  private static float element(KvType type, long part, int index) {
    return switch (type) {
      case F32 -> f32(part + 4L * index);
      case F16 -> f16(part + 2L * index);
      case INT8 -> i8(part + index);
    };
  }

  @Override
  public void softmax(long row, int count, int padded) {
    float largest = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      largest = Math.max(largest, f32(row + 4L * i));
    }
    float sum = 0;
    for (int i = 0; i < count; i++) {
      float e = (float) Math.exp(f32(row + 4L * i) - largest);
      f32(row + 4L * i, e);
      sum += e;
    }
    scale(row, 1 / sum, count);
    for (int i = count; i < padded; i++) {
      f32(row + 4L * i, 0);
    }
  }

  @Override
  public void weigh(
      KvType type, long page, int headDim, long p, int pStride, int rows, long out, int outStride) {
    long values = page + type.values(headDim);
    for (int r = 0; r < rows; r++) {
      for (int j = 0; j < KvType.PAGE_TOKENS; j++) {
        float unit = type == KvType.INT8 ? f32(page + type.valueScales(headDim) + 4L * j) : 1;
        float weight = f32(p + 4L * (r * pStride + j)) * unit;
        for (int d = 0; d < headDim; d++) {
          long at = out + 4L * (r * outStride + d);
          f32(at, f32(at) + weight * element(type, values, j * headDim + d));
        }
      }
    }
  }

  @Override
  public double logSumExp(long row, int count) {
    float largest = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      largest = Math.max(largest, f32(row + 4L * i));
    }
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += Math.exp(f32(row + 4L * i) - largest);
    }
    return largest + Math.log(sum);
  }
}
