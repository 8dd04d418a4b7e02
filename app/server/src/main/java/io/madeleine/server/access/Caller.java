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
    if (id.equals(".") || id.equals("..")) {
      throw new IllegalArgumentException(
          "a conversation must not be called '%1$s', which means a folder in a path: add a letter, as in 'a%1$s'"
              .formatted(id));
    }
    if (id.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "the conversation id '%s' has a null character, which no path can have: leave it out"
              .formatted(id.replace("\0", "\\0")));
    }
    return new ConversationKey(tenant, id);
  }
}
