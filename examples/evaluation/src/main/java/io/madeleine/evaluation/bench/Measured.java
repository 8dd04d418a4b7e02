package io.madeleine.evaluation.bench;

/**
 * One engine's medians.
 *
 * @param prefill prompt tokens
 * @param decode tokens after the prompt, one sequence
 * @param batch tokens of all sequences decoded together
 */
record Measured(Speed prefill, Speed decode, Speed batch) {}
