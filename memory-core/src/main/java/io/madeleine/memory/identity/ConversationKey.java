package io.madeleine.memory.identity;

/**
 * Which conversation it is. Two tenants may use the same id and never meet.
 *
 * @param tenant whose conversation it is
 * @param id unique within the tenant, 1 to 200 characters
 */
public record ConversationKey(Tenant tenant, String id) {

  /**
   * @throws IllegalArgumentException if {@code id} is blank or longer than 200 characters
   */
  public ConversationKey {
    Ids.check("conversation", id);
  }

  /** {@return the key of conversation {@code id} of tenant {@code tenant}} */
  public static ConversationKey of(String tenant, String id) {
    return new ConversationKey(new Tenant(tenant), id);
  }

  /**
   * {@return the key of a conversation that somebody names} A key that is read from where it was
   * kept is made without this, so that whatever is there can be read.
   *
   * @throws IllegalArgumentException also if {@code id} cannot stand in a path, where it could
   *     never be shown or forgotten
   */
  public static ConversationKey named(Tenant tenant, String id) {
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
