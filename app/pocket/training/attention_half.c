// SPDX-License-Identifier: Apache-2.0
// What attention.c computes, where the processor multiplies pairs of bfloat16 (AVX512-BF16): two to three times as fast.
// Products are of bfloat16, sums and softmax are float. Blocks of 64 queries against 64 keys stay in the first cache; the
// softmax is taken block by block (Dao et al., "FlashAttention", 2022, https://arxiv.org/abs/2205.14135).
// T is a multiple of 64, the head size is 32. Layouts are those of attention.c.
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { HD = 32, BLOCK = 64, ROWS = 8, HALF_HD = HD / 2, HALF = BLOCK / 2 };
typedef uint32_t pair; // two bfloat16 that are multiplied and added together

// C[rows][columns] (+)= A[rows][2 depth] B[2 depth][columns], all in pairs along the depth; rows by 8, columns by 32.
static inline __attribute__((always_inline)) void gemm(int rows, int columns, int depth, const pair *a, long row_step,
                                                       long depth_step, const pair *b, long b_step, float *c,
                                                       long c_step, int add) {
  for (int j = 0; j < columns; j += 32)
    for (int i = 0; i < rows; i += ROWS) {
      __m512 left[ROWS], right[ROWS];
      for (int r = 0; r < ROWS; r++) {
        left[r] = add ? _mm512_loadu_ps(c + (i + r) * c_step + j) : _mm512_setzero_ps();
        right[r] = add ? _mm512_loadu_ps(c + (i + r) * c_step + j + 16) : _mm512_setzero_ps();
      }
      for (int k = 0; k < depth; k++) {
        __m512bh b0 = (__m512bh)_mm512_loadu_si512(b + k * b_step + j);
        __m512bh b1 = (__m512bh)_mm512_loadu_si512(b + k * b_step + j + 16);
        for (int r = 0; r < ROWS; r++) {
          __m512bh x = (__m512bh)_mm512_set1_epi32((int)a[(i + r) * row_step + k * depth_step]);
          left[r] = _mm512_dpbf16_ps(left[r], x, b0);
          right[r] = _mm512_dpbf16_ps(right[r], x, b1);
        }
      }
      for (int r = 0; r < ROWS; r++) {
        _mm512_storeu_ps(c + (i + r) * c_step + j, left[r]);
        _mm512_storeu_ps(c + (i + r) * c_step + j + 16, right[r]);
      }
    }
}

// Pairs of the same column in two rows.
static inline __m512i down(__m512 upper, __m512 lower) {
  const __m512i half = _mm512_set1_epi32(0x8000), high = _mm512_set1_epi32((int)0xffff0000);
  __m512i first = _mm512_srli_epi32(_mm512_add_epi32(_mm512_castps_si512(upper), half), 16);
  return _mm512_or_si512(first, _mm512_and_si512(_mm512_add_epi32(_mm512_castps_si512(lower), half), high));
}

// Pairs of neighbours in a row of 32.
static inline __m512i along(__m512 left, __m512 right) { return (__m512i)_mm512_cvtne2ps_pbh(right, left); }

// x[rows][32] in pairs along each row: out[rows][16].
static void pack_rows(const float *x, long step, int rows, pair *out) {
  for (int r = 0; r < rows; r++)
    _mm512_storeu_si512(out + r * HALF_HD, along(_mm512_loadu_ps(x + r * step), _mm512_loadu_ps(x + r * step + 16)));
}

// The same, transposed: out[16][rows].
static void pack_transposed(const float *x, long step, int rows, pair *out) {
  pair row[HALF_HD];
  for (int r = 0; r < rows; r++) {
    pack_rows(x + r * step, step, 1, row);
    for (int d = 0; d < HALF_HD; d++) out[(long)d * rows + r] = row[d];
  }
}

// x[rows][32] in pairs of two rows: out[rows / 2][32].
static void pack_columns(const float *x, long step, int rows, pair *out) {
  for (int r = 0; r < rows; r += 2)
    for (int d = 0; d < HD; d += 16)
      _mm512_storeu_si512(out + r / 2 * HD + d, down(_mm512_loadu_ps(x + r * step + d), _mm512_loadu_ps(x + (r + 1) * step + d)));
}

// 2 to the x, to 2e-7 of itself; x at most 0.
static inline __m512 power(__m512 x) {
  x = _mm512_max_ps(x, _mm512_set1_ps(-126));
  __m512 n = _mm512_roundscale_ps(x, 0), f = _mm512_sub_ps(x, n);
  __m512 p = _mm512_set1_ps(1.8775767e-3f);
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(8.9893397e-3f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(5.5826318e-2f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(2.4015361e-1f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(6.9315308e-1f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(9.9999994e-1f));
  return _mm512_scalef_ps(p, n);
}

static inline __mmask16 seen(int row, int column) { // of 16 columns those that a query of the diagonal block may see
  int n = row + 1 - column;
  return n >= 16 ? 0xffff : n <= 0 ? 0 : (__mmask16)((1 << n) - 1);
}

typedef struct {
  float s[BLOCK * BLOCK], ds[BLOCK * BLOCK], o[BLOCK * HD];
  pair p[BLOCK * HALF], q[BLOCK * HALF_HD], g[BLOCK * HALF_HD];            // pairs along rows
  pair pd[HALF * BLOCK], dsd[HALF * BLOCK], qd[HALF * HD], gd[HALF * HD]; // pairs of two rows
  float max[BLOCK], sum[BLOCK], od[BLOCK];
} Scratch;

// One block of scores becomes probabilities relative to the greatest score so far; what was summed before is scaled to it.
static void softmax_block(Scratch *w, int diagonal, float scale) {
  const __m512 none = _mm512_set1_ps(-1e30f);
  for (int r = 0; r < BLOCK; r++) {
    __m512 x[4], most = none;
    for (int c = 0; c < 4; c++) {
      __mmask16 mask = diagonal ? seen(r, 16 * c) : 0xffff;
      x[c] = _mm512_mask_loadu_ps(none, mask, w->s + r * BLOCK + 16 * c);
      most = _mm512_max_ps(most, x[c]);
    }
    float max = fmaxf(w->max[r], _mm512_reduce_max_ps(most) * scale);
    if (max > w->max[r]) {
      float less = exp2f(w->max[r] - max);
      w->max[r] = max;
      w->sum[r] *= less;
      for (int d = 0; d < HD; d++) w->o[r * HD + d] *= less;
    }
    __m512 total = _mm512_setzero_ps();
    for (int c = 0; c < 4; c++) {
      x[c] = power(_mm512_fmsub_ps(x[c], _mm512_set1_ps(scale), _mm512_set1_ps(max)));
      total = _mm512_add_ps(total, x[c]);
    }
    w->sum[r] += _mm512_reduce_add_ps(total);
    _mm512_storeu_si512(w->p + r * HALF, along(x[0], x[1]));
    _mm512_storeu_si512(w->p + r * HALF + 16, along(x[2], x[3]));
  }
}

static const float LOG2E = 1.44269504f;

void attention_forward(int B, int T, int H, int K, int hd, const float *q, const float *k, const float *v, float *o,
                       float *lse) {
  int group = H / K;
  float scale = LOG2E / sqrtf(hd);
  pair *kt = malloc(sizeof(pair) * HALF_HD * T), *vd = malloc(sizeof(pair) * HALF_HD * T);
  Scratch *w = aligned_alloc(64, (sizeof(Scratch) + 63) / 64 * 64);
  for (int b = 0; b < B; b++)
    for (int h = 0; h < H; h++) {
      long kv = ((long)b * T * K + h / group) * HD, at = ((long)b * T * H + h) * HD, step = (long)H * HD;
      if (h % group == 0) {
        pack_transposed(k + kv, K * HD, T, kt);
        pack_columns(v + kv, K * HD, T, vd);
      }
      for (int i = 0; i < T; i += BLOCK) {
        pack_rows(q + at + i * step, step, BLOCK, w->q);
        memset(w->o, 0, sizeof w->o);
        for (int r = 0; r < BLOCK; r++) w->max[r] = -1e30f, w->sum[r] = 0;
        for (int j = 0; j <= i; j += BLOCK) {
          gemm(BLOCK, BLOCK, HALF_HD, w->q, HALF_HD, 1, kt + j, T, w->s, BLOCK, 0);
          softmax_block(w, i == j, scale);
          gemm(BLOCK, HD, HALF, w->p, HALF, 1, vd + j / 2 * HD, HD, w->o, HD, 1);
        }
        for (int r = 0; r < BLOCK; r++) {
          for (int d = 0; d < HD; d++) o[at + (i + r) * step + d] = w->o[r * HD + d] / w->sum[r];
          lse[((long)b * H + h) * T + i + r] = w->max[r] / LOG2E + logf(w->sum[r]);
        }
      }
    }
  free(kt);
  free(vd);
  free(w);
}

// From scores and d p of a block: probabilities and the gradient of the scores, in the pairs that are needed.
static void gradient_block(Scratch *w, int diagonal, float scale, const float *lse) {
  for (int r = 0; r < BLOCK; r += 2)
    for (int c = 0; c < BLOCK; c += 16) {
      __m512 p[2], d[2];
      for (int n = 0; n < 2; n++) {
        int at = (r + n) * BLOCK + c;
        __m512 x = _mm512_fmsub_ps(_mm512_loadu_ps(w->s + at), _mm512_set1_ps(scale * LOG2E), _mm512_set1_ps(lse[r + n] * LOG2E));
        p[n] = power(_mm512_min_ps(x, _mm512_set1_ps(1)));
        if (diagonal) p[n] = _mm512_maskz_mov_ps(seen(r + n, c), p[n]);
        __m512 less = _mm512_sub_ps(_mm512_loadu_ps(w->ds + at), _mm512_set1_ps(w->od[r + n]));
        d[n] = _mm512_mul_ps(_mm512_mul_ps(p[n], _mm512_set1_ps(scale)), less);
        _mm512_storeu_ps(w->ds + at, d[n]);
      }
      _mm512_storeu_si512(w->pd + r / 2 * BLOCK + c, down(p[0], p[1]));
      _mm512_storeu_si512(w->dsd + r / 2 * BLOCK + c, down(d[0], d[1]));
    }
  for (int r = 0; r < BLOCK; r++)
    for (int c = 0; c < BLOCK; c += 32) {
      const float *x = w->ds + r * BLOCK + c;
      _mm512_storeu_si512(w->p + r * HALF + c / 2, along(_mm512_loadu_ps(x), _mm512_loadu_ps(x + 16)));
    }
}

void attention_backward(int B, int T, int H, int K, int hd, const float *q, const float *k, const float *v,
                        const float *o, const float *lse, const float *go, float *gq, float *gk, float *gv) {
  int group = H / K;
  float scale = 1.f / sqrtf(hd);
  long bytes = sizeof(pair) * HALF_HD * T;
  pair *kt = malloc(bytes), *vt = malloc(bytes), *kd = malloc(bytes);
  Scratch *w = aligned_alloc(64, (sizeof(Scratch) + 63) / 64 * 64);
  memset(gk, 0, sizeof(float) * B * T * K * HD);
  memset(gv, 0, sizeof(float) * B * T * K * HD);
  for (int b = 0; b < B; b++)
    for (int h = 0; h < H; h++) {
      long kv = ((long)b * T * K + h / group) * HD, at = ((long)b * T * H + h) * HD, step = (long)H * HD, kstep = K * HD;
      if (h % group == 0) {
        pack_transposed(k + kv, kstep, T, kt);
        pack_transposed(v + kv, kstep, T, vt);
        pack_columns(k + kv, kstep, T, kd);
      }
      for (int i = 0; i < T; i += BLOCK) {
        const float *qi = q + at + i * step, *oi = o + at + i * step, *gi = go + at + i * step;
        pack_rows(qi, step, BLOCK, w->q);
        pack_rows(gi, step, BLOCK, w->g);
        pack_columns(qi, step, BLOCK, w->qd);
        pack_columns(gi, step, BLOCK, w->gd);
        for (int r = 0; r < BLOCK; r++) {
          w->od[r] = 0;
          for (int d = 0; d < HD; d++) w->od[r] += oi[r * step + d] * gi[r * step + d];
        }
        for (int j = 0; j <= i; j += BLOCK) {
          gemm(BLOCK, BLOCK, HALF_HD, w->q, HALF_HD, 1, kt + j, T, w->s, BLOCK, 0);
          gemm(BLOCK, BLOCK, HALF_HD, w->g, HALF_HD, 1, vt + j, T, w->ds, BLOCK, 0);
          gradient_block(w, i == j, scale, lse + ((long)b * H + h) * T + i);
          gemm(BLOCK, HD, HALF, w->p, HALF, 1, kd + j / 2 * HD, HD, gq + at + i * step, step, j > 0);
          gemm(BLOCK, HD, HALF, w->dsd, 1, BLOCK, w->qd, HD, gk + kv + j * kstep, kstep, 1);
          gemm(BLOCK, HD, HALF, w->pd, 1, BLOCK, w->gd, HD, gv + kv + j * kstep, kstep, 1);
        }
      }
    }
  free(kt);
  free(vt);
  free(kd);
  free(w);
}
