package io.madeleine.memory.retention;

import io.madeleine.memory.identity.ConversationKey;

/**
 * A cache that nobody computes with, when memory is short.
 *
 * @param program whose it is
 * @param bytes what it occupies, at least 1
 * @param idleSeconds since it was last used
 * @param uses how often it was used
 * @param rebuildSeconds what it costs to have it again
 * @param floorAtUse {@link Victims#floor} when it was last used; 0 where the policy is not GDSF
 * @param queued whether a request of its program waits: it is used next, so it goes last. So does
 *     one whose memory nobody would get at once
 */
public record Idle(
    ConversationKey program,
    long bytes,
    double idleSeconds,
    int uses,
    double rebuildSeconds,
    double floorAtUse,
    boolean queued) {

  public Idle {
    if (bytes < 1) {
      throw new IllegalArgumentException("a cache has at least 1 byte, but had " + bytes);
    }
  }
}
