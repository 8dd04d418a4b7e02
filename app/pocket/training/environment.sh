# SPDX-License-Identifier: Apache-2.0
# One thread for each rank, and a malloc that keeps its pages. Source it before train.py.
export MALLOC_MMAP_THRESHOLD_=4000000000 MALLOC_TRIM_THRESHOLD_=8000000000 OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
