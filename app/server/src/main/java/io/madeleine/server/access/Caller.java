package io.madeleine.server.access;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;

/**
 * Who asks.
 *
 * @param tenant whose memory it is, from the key
 * @param keyId which key, for limits and logs; never the key itself
 */
public record Caller(Tenant tenant, String keyId) {

  /** The attribute of a request that carries it. */
  static final String ATTRIBUTE = Caller.class.getName();

  /**
   * {@return the key of the caller's conversation {@code id}}
   *
   * @throws IllegalArgumentException if it cannot stand in a path, where it could never be shown or
   *     forgotten
   */
  public ConversationKey conversation(String id) {
    return ConversationKey.named(tenant, id);
  }
}
