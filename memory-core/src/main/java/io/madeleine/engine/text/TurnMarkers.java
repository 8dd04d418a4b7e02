package io.madeleine.engine.text;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The tokens that turns are made of, by their text. */
final class TurnMarkers {

  /** What models end a turn with, whether or not their file says so. */
  static final Set<String> TURN_ENDS =
      Set.of("<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|end|>", "<|eot|>");

  /** What ends an answer, where it is a control token: to Gemma {@code </s>} is a word. */
  static final Set<String> ENDS =
      with(TURN_ENDS, "<|eom_id|>", "<|endoftext|>", "<|end_of_text|>", "</s>");

  private static final Set<String> OPENINGS =
      Set.of(
          "<|im_start|>",
          "<|im_sep|>",
          "<|start_header_id|>",
          "<|end_header_id|>",
          "<start_of_turn>",
          "<|system|>",
          "<|user|>",
          "<|assistant|>",
          "<｜User｜>",
          "<｜Assistant｜>");

  /**
   * What nobody may spell in a message. Not {@code </s>}: to Gemma that is the end of a line struck
   * through.
   */
  private static final Set<String> CONTROL =
      with(OPENINGS, ENDS.stream().filter(end -> !end.equals("</s>")).toArray(String[]::new));

  private TurnMarkers() {}

  private static Set<String> with(Set<String> some, String... more) {
    return Stream.concat(some.stream(), Stream.of(more)).collect(Collectors.toUnmodifiableSet());
  }

  /**
   * {@return whether a token of this text opens or ends a turn or an answer, and so is a control
   * token even in a file that calls it a word: as a word it would be spelled in pieces, or be found
   * in what a person wrote}
   */
  static boolean isControl(String piece) {
    return CONTROL.contains(piece);
  }
}
