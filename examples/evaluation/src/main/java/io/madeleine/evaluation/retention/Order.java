package io.madeleine.evaluation.retention;

/** Who is served next. */
public enum Order {
  /** The request that came first. */
  REQUEST_FIRST_COME,
  /** The request of the program that came first. */
  PROGRAM_FIRST_COME,
  /** Requests whose cache is in memory before the others, each by the program that came first. */
  RESIDENT_FIRST
}
