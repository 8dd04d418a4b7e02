# SPDX-License-Identifier: Apache-2.0
# One thread for each rank, and a malloc that keeps its pages. Source it before train.py.
export MALLOC_MMAP_THRESHOLD_=4000000000 MALLOC_TRIM_THRESHOLD_=8000000000 OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
# An OpenBLAS that is older than the processor falls back to SSE3, five times slower: OPENBLAS_VERBOSE=2 tells which it took.
if [ -z "${OPENBLAS_CORETYPE:-}" ] && grep -q avx512f /proc/cpuinfo 2>/dev/null; then
  export OPENBLAS_CORETYPE=SkylakeX
fi
