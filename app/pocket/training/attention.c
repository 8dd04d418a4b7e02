// SPDX-License-Identifier: Apache-2.0
// Causal grouped-query attention, forward and backward, float, one thread. It never holds the T x T matrix:
// blocks of 64 queries against all keys before them. T is a multiple of 64, the head size a multiple of 32.
// Layouts: q, o [batch][T][heads][hd]; k, v [batch][T][kv][hd]; lse [batch][heads][T].
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef float f16v __attribute__((vector_size(64), aligned(4)));
enum { TILE_ROWS = 8, TILE_COLUMNS = 32, BLOCK = 64 };

// C[8][32] (+)= A[8][depth] B[depth][32]; A is read at a[row * row_step + k * depth_step].
static inline __attribute__((always_inline)) void tile(int depth, const float *a, long row_step, long depth_step,
                                                       const float *b, long b_step, float *c, long c_step, int add) {
  f16v left[TILE_ROWS], right[TILE_ROWS];
  for (int i = 0; i < TILE_ROWS; i++) {
    left[i] = add ? *(f16v *)(c + i * c_step) : (f16v){0};
    right[i] = add ? *(f16v *)(c + i * c_step + 16) : (f16v){0};
  }
  for (int k = 0; k < depth; k++) {
    f16v b0 = *(f16v *)(b + k * b_step), b1 = *(f16v *)(b + k * b_step + 16);
    for (int i = 0; i < TILE_ROWS; i++) {
      float x = a[i * row_step + k * depth_step];
      left[i] += x * b0;
      right[i] += x * b1;
    }
  }
  for (int i = 0; i < TILE_ROWS; i++) {
    *(f16v *)(c + i * c_step) = left[i];
    *(f16v *)(c + i * c_step + 16) = right[i];
  }
}

static void gemm(int rows, int columns, int depth, const float *a, long row_step, long depth_step, const float *b,
                 long b_step, float *c, long c_step, int add) {
  for (int j = 0; j < columns; j += TILE_COLUMNS)
    for (int i = 0; i < rows; i += TILE_ROWS)
      tile(depth, a + i * row_step, row_step, depth_step, b + j, b_step, c + i * c_step + j, c_step, add);
}

static void transpose(const float *x, long step, int T, int hd, float *out) {
  for (int t = 0; t < T; t++)
    for (int d = 0; d < hd; d++) out[(long)d * T + t] = x[t * step + d];
}

// Softmax of one row of scores over its first n entries, zero behind; returns log-sum-exp.
static float softmax_row(float *s, int n, int end, float scale) {
  float max = -1e30f, sum = 0;
  for (int j = 0; j < n; j++) max = s[j] > max ? s[j] : max;
  for (int j = 0; j < n; j++) sum += s[j] = expf((s[j] - max) * scale);
  for (int j = 0; j < n; j++) s[j] /= sum;
  for (int j = n; j < end; j++) s[j] = 0;
  return max * scale + logf(sum);
}

void attention_forward(int B, int T, int H, int K, int hd, const float *q, const float *k, const float *v, float *o,
                       float *lse) {
  int group = H / K;
  float scale = 1.f / sqrtf(hd), *kt = malloc(sizeof(float) * hd * T), *s = malloc(sizeof(float) * BLOCK * T);
  for (int b = 0; b < B; b++)
    for (int h = 0; h < H; h++) {
      long kv = ((long)b * T * K + h / group) * hd, at = ((long)b * T * H + h) * hd, step = (long)H * hd;
      if (h % group == 0) transpose(k + kv, K * hd, T, hd, kt);
      for (int i = 0; i < T; i += BLOCK) {
        int end = i + BLOCK;
        gemm(BLOCK, end, hd, q + at + i * step, step, 1, kt, T, s, T, 0);
        for (int r = 0; r < BLOCK; r++)
          lse[((long)b * H + h) * T + i + r] = softmax_row(s + (long)r * T, i + r + 1, end, scale);
        gemm(BLOCK, hd, end, s, T, 1, v + kv, K * hd, o + at + i * step, step, 0);
      }
    }
  free(kt);
  free(s);
}

// p becomes the probabilities and s (d p) the gradient of the scores, of one row.
static void gradient_row(float *p, float *s, int n, int end, float scale, float lse, float od) {
  for (int j = 0; j < n; j++) {
    p[j] = expf(p[j] * scale - lse);
    s[j] = p[j] * (s[j] - od) * scale;
  }
  for (int j = n; j < end; j++) p[j] = s[j] = 0;
}

void attention_backward(int B, int T, int H, int K, int hd, const float *q, const float *k, const float *v,
                        const float *o, const float *lse, const float *go, float *gq, float *gk, float *gv) {
  int group = H / K;
  long square = sizeof(float) * hd * T, strip = sizeof(float) * BLOCK * T;
  float scale = 1.f / sqrtf(hd), *kt = malloc(square), *vt = malloc(square), *s = malloc(strip), *p = malloc(strip);
  memset(gk, 0, sizeof(float) * B * T * K * hd);
  memset(gv, 0, sizeof(float) * B * T * K * hd);
  for (int b = 0; b < B; b++)
    for (int h = 0; h < H; h++) {
      long kv = ((long)b * T * K + h / group) * hd, at = ((long)b * T * H + h) * hd, step = (long)H * hd, kstep = K * hd;
      if (h % group == 0) {
        transpose(k + kv, kstep, T, hd, kt);
        transpose(v + kv, kstep, T, hd, vt);
      }
      for (int i = 0; i < T; i += BLOCK) {
        int end = i + BLOCK;
        const float *qi = q + at + i * step, *oi = o + at + i * step, *gi = go + at + i * step;
        gemm(BLOCK, end, hd, qi, step, 1, kt, T, p, T, 0);
        gemm(BLOCK, end, hd, gi, step, 1, vt, T, s, T, 0);
        for (int r = 0; r < BLOCK; r++) {
          float od = 0;
          for (int d = 0; d < hd; d++) od += oi[r * step + d] * gi[r * step + d];
          gradient_row(p + (long)r * T, s + (long)r * T, i + r + 1, end, scale, lse[((long)b * H + h) * T + i + r], od);
        }
        gemm(BLOCK, hd, end, s, T, 1, k + kv, kstep, gq + at + i * step, step, 0);
        gemm(end, hd, BLOCK, s, 1, T, qi, step, gk + kv, kstep, 1);
        gemm(end, hd, BLOCK, p, 1, T, gi, step, gv + kv, kstep, 1);
      }
    }
  free(kt);
  free(vt);
  free(s);
  free(p);
}
