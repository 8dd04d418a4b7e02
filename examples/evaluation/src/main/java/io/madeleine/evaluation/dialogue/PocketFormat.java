// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.dialogue;

import io.madeleine.evaluation.dialogue.Part.Role;
import java.util.ArrayList;
import java.util.List;

/** The pocket model's chat format: a text for every piece, marks as pieces of their own. */
public final class PocketFormat {

  public static final String BEGIN = "<|bos|>";
  public static final String ASSISTANT = "<|assistant|>";
  public static final String END = "<|end|>";

  private PocketFormat() {}

  /** {@return the pieces of a turn} */
  public static List<Part> turn(Turn turn) {
    List<Part> parts = new ArrayList<>();
    turn.session()
        .ifPresent(
            heading -> {
              parts.add(new Part("<|session|>", Role.USER));
              parts.add(new Part(" " + heading, Role.USER));
            });
    parts.addAll(opening(turn.user()));
    turn.tool()
        .ifPresent(
            use -> {
              parts.add(new Part("<|tool|>", Role.TALK));
              parts.add(new Part(" " + use.call(), Role.TALK));
              parts.add(new Part("<|result|>", Role.USER));
              parts.add(new Part(" " + use.result(), Role.USER));
              parts.add(new Part(ASSISTANT, Role.TALK));
            });
    parts.addAll(turn.reply());
    parts.add(new Part(END, Role.TALK));
    return parts;
  }

  /** {@return a question's pieces, up to the mark after which the answer begins} */
  public static List<Part> opening(String user) {
    return List.of(
        new Part("<|user|>", Role.USER),
        new Part(" " + user, Role.USER),
        new Part(ASSISTANT, Role.TALK));
  }
}
