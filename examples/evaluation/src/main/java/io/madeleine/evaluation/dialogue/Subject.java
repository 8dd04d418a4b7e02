// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.dialogue;

import io.madeleine.evaluation.world.Form;

/**
 * Someone that facts are told about: the user, a person with a name, or a relation without one.
 *
 * @param key "I", "Mara" or "my boss"
 * @param pronoun how a second sentence names them
 */
public record Subject(String key, Form pronoun) {

  static final Subject USER = new Subject("I", Form.I);

  boolean isUser() {
    return key.equals("I");
  }

  boolean isNamed() {
    return !isUser() && !key.startsWith("my ");
  }

  /** {@return how the user says it} */
  Form told() {
    return isUser() ? Form.I : Form.third(key);
  }

  /** {@return how the helper says it} */
  Form answered() {
    return isUser()
        ? Form.YOU
        : Form.third(key.startsWith("my ") ? "your " + key.substring(3) : key);
  }
}
