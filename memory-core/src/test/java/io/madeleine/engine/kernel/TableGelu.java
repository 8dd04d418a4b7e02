package io.madeleine.engine.kernel;

/**
 * Plain kernels whose GELU is llama.cpp's: looked up by the half precision of its argument, and
 * stored in half precision. Everything else is exact, so it shows what that table alone costs.
 */
public final class TableGelu extends ScalarKernels {
  private static final float LINEAR_FROM = 10;

  private TableGelu() {}

  /** {@return kernels with that GELU} */
  public static Kernels kernels() {
    return new Kernels(new TableGelu());
  }

  @Override
  public void geGlu(long gate, long up, int count) {
    for (int i = 0; i < count; i++) {
      float g = Memory.f32(gate + 4L * i);
      Memory.f32(gate + 4L * i, gelu(g) * Memory.f32(up + 4L * i));
    }
  }

  private static float gelu(float x) {
    if (x <= -LINEAR_FROM) {
      return 0;
    }
    return x >= LINEAR_FROM ? x : half((float) exactGelu(half(x)));
  }

  private static double exactGelu(float x) {
    double inner = Math.sqrt(2 / Math.PI) * x * (1 + 0.044715 * x * x);
    return 0.5 * x * (1 + Math.tanh(inner));
  }

  private static float half(float x) {
    return Float.float16ToFloat(Float.floatToFloat16(x));
  }
}
