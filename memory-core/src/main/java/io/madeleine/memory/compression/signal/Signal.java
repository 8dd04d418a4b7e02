package io.madeleine.memory.compression.signal;

/** What a policy may ask an engine to observe. Asking costs; a policy asks for what it reads. */
public enum Signal {
  /** Keys after rotation, {@code [slots × headDim]}. */
  KEYS,
  /** Values, {@code [slots × headDim]}. */
  VALUES,
  /** Rotated queries of the last tokens, for every query head of the group. */
  WINDOW_QUERIES,
  /** Rotated queries of a prompt that was run against the cache and left no trace in it. */
  PROBE_QUERIES,
  /** Attention that each slot received from all queries so far, and from how many. */
  ACCUMULATED_ATTENTION,
  /** Mean and covariance of the queries before rotation. */
  QUERY_STATISTICS,
  /** Length of each value after the output projection, {@code ‖W_o v‖₁}. */
  OUTPUT_NORMS,
  /** When each slot was last attended to, and its longest gap. */
  RECURRENCE,
  /** How much a head looks things up, from a calibration. */
  RETRIEVAL_PROFILE
}
