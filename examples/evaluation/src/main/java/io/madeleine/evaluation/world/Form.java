// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.world;

/**
 * How a subject stands in a sentence.
 *
 * @param name the nominative: I, you, she, Mara, my boss
 * @param possessive my, your, her, Mara's, my boss's
 * @param person which form of a verb agrees with it
 */
public record Form(String name, String possessive, Person person) {

  /** The column of a verb. */
  public enum Person {
    FIRST,
    SECOND,
    THIRD
  }

  public static final Form I = new Form("I", "my", Person.FIRST);
  public static final Form YOU = new Form("you", "your", Person.SECOND);
  public static final Form SHE = new Form("she", "her", Person.THIRD);
  public static final Form HE = new Form("he", "his", Person.THIRD);
  public static final Form NOBODY = new Form("", "", Person.THIRD);

  /** {@return the form of somebody with a name} */
  public static Form third(String name) {
    return new Form(name, name + "'s", Person.THIRD);
  }
}
