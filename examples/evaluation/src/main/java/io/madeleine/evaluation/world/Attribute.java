// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.world;

import java.util.List;

/**
 * Something that can be told, asked and recalled, with its sentence patterns. A list that the world
 * does not give is empty.
 *
 * @param id the name in the world file
 * @param value the kind of its values
 * @param param the kind of its parameter, empty where it has none
 * @param impersonal whether it belongs to nobody, such as the code of a door
 * @param answer the one wording in which it is recalled
 * @param state ways to tell it
 * @param update ways to change it
 * @param deny the way to say that a value is wrong, empty where there is none
 * @param ask questions for the value
 * @param indirect the same, to stand behind "do you remember"
 * @param yesno questions for yes or no
 * @param who questions for the subject
 * @param heldOut wordings that training never shows
 */
public record Attribute(
    String id,
    String value,
    String param,
    boolean impersonal,
    String answer,
    List<String> state,
    List<String> update,
    String deny,
    List<String> ask,
    List<String> indirect,
    List<String> yesno,
    List<String> who,
    HeldOut heldOut) {

  /**
   * Wordings that training never shows.
   *
   * @param state ways to tell it
   * @param ask questions for the value
   */
  public record HeldOut(List<String> state, List<String> ask) {}

  /** {@return whether the value is a point in time} */
  public boolean dated() {
    return List.of("date", "day", "clock").contains(value);
  }
}
