package io.madeleine.memory.identity;

/**
 * Whose memory it is. Every key, file, filter and cache carries one; there is no default.
 *
 * @param id 1 to 200 characters
 */
public record Tenant(String id) {

  /**
   * @throws IllegalArgumentException if {@code id} is blank or longer than 200 characters
   */
  public Tenant {
    Ids.check("tenant", id);
  }
}
