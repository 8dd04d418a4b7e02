package io.madeleine.conversation.episodic;

/**
 * What is left of a turn of which the beginning was read, because it was too long to be read at
 * once.
 *
 * @param rest tokens that are still to be read
 * @param surprisal of those that were read, in nats; empty if the turn fits
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, kept by nobody
public record Ahead(int[] rest, float[] surprisal) {}
