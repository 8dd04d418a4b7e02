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
}
