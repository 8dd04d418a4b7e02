package io.madeleine.engine.kernel;

import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.tensor.ElementType;

/**
 * Arithmetic on bare addresses: nothing is checked here. Lengths count elements, strides too;
 * addresses are in bytes.
 */
interface RawKernels {

  /** Decodes {@code count} elements, whole blocks, to f32. */
  void dequantise(ElementType type, long source, int count, long target);

  /** {@return Σ a·b} */
  float dot(long a, long b, int count);

  /** {@return whether {@link #multiplyPanel} wants so many tokens packed} */
  boolean packs(int tokens);

  /** {@return tokens that one call of {@link #pack} packs} */
  int packTile();

  /** {@return f32 that packing so many tokens fills, for each column} */
  int packedTokens(int tokens);

  /** Packs the tile that starts with {@code firstToken}. */
  void pack(long x, int xStride, int tokens, int columns, int firstToken, long packed);

  /** {@return f32 of scratch that one worker needs} */
  int scratch(int columns, int tokens);

  /** Called by each worker before its first panel of this type in a product of one token. */
  void prepareRows(ElementType type, long x, int columns, long scratch);

  /**
   * {@code out[t][row] = w[row] · x[t]} for some neighbouring rows, at most {@link
   * Kernels#PANEL_ROWS}.
   *
   * @param weights where the first of the rows starts
   * @param packed the same tokens, packed; read only if {@link #packs}
   * @param scratch this worker's own
   */
  void multiplyPanel(
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
      long scratch);

  /** {@code out = x ÷ sqrt(mean(x²) + epsilon) × weight}; {@code out} may be {@code x}. */
  void rmsNorm(long x, long weight, int count, float epsilon, long out);

  /** {@code gate = gate × sigmoid(gate) × up}. */
  void swiGlu(long gate, long up, int count);

  /** {@code gate = gelu(gate) × up}, by the tanh approximation. */
  void geGlu(long gate, long up, int count);

  /** {@code x += y}. */
  void add(long x, long y, int count);

  /** {@code x *= factor}. */
  void scale(long x, float factor, int count);

  /** Turns the pairs (2i, 2i+1), or (i, i+pairs), of one vector by the angles of a table. */
  void rotateAdjacent(long vector, long cos, long sin, int pairs);

  /** See {@link #rotateAdjacent}. */
  void rotateHalves(long vector, long cos, long sin, int pairs);

  /**
   * {@code out[r][j] = scale × q[r] · key[j]} for the 16 keys of one page.
   *
   * @param rows 1 to 8
   */
  void scores(
      KvType type,
      long page,
      int headDim,
      long q,
      int qStride,
      int rows,
      float scale,
      long out,
      int outStride);

  /** Softmax in place over the first {@code count}; zero from there to {@code padded}. */
  void softmax(long row, int count, int padded);

  /**
   * {@code out[r] += Σ_j p[r][j] × value[j]} over the 16 values of one page.
   *
   * @param rows 1 to 8
   */
  void weigh(
      KvType type, long page, int headDim, long p, int pStride, int rows, long out, int outStride);

  /** {@return ln Σ exp(row)} */
  double logSumExp(long row, int count);
}
