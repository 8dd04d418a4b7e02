package io.madeleine.conversation.mind.line;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a chat template adds for one turn. A turn's tokens are the difference between two prompts:
 * one that ends before it and one that ends behind it. Only the turn before goes into both, so that
 * the cost does not grow with the history.
 */
public final class TurnWords {

  private static final List<ToolSpec> NO_TOOLS = List.of();

  /** An answer that no template has in what it writes itself. */
  private static final String ANY_ANSWER = "Zb";

  private final ReadyModel model;
  private final List<ChatMessage> instruction;

  public TurnWords(ReadyModel model, List<ChatMessage> instruction) {
    this.model = model;
    this.instruction = List.copyOf(instruction);
  }

  /** {@return the tokens that stand in front of the first turn, whatever is said in it} */
  public int[] prefix() {
    int[] one = model.words().encode(text(List.of(new ChatMessage.User("a")), true));
    int[] other = model.words().encode(text(List.of(new ChatMessage.User("Zb")), true));
    return Arrays.copyOf(one, Math.max(0, Arrays.mismatch(one, other) - 1));
  }

  /**
   * {@return the tokens of what was said now, up to where the answer begins}
   *
   * @param before the messages of the turn before; empty for the first turn
   */
  public int[] asked(List<ChatMessage> before, List<ChatMessage> now) {
    if (before.isEmpty()) {
      int[] all = model.words().encode(text(now, true));
      return Arrays.copyOfRange(all, prefix().length, all.length);
    }
    var both = new ArrayList<>(before);
    both.addAll(now);
    return between(text(before, false), text(both, true));
  }

  /** {@return the tokens that close an answer, behind the model's own {@code raw} text} */
  public int[] closing(
      List<ChatMessage> before, List<ChatMessage> now, ChatMessage answer, String raw) {
    var asked = new ArrayList<>(before);
    asked.addAll(now);
    var answered = new ArrayList<>(asked);
    answered.add(answer);
    String opened = text(asked, true) + raw;
    String closed = text(answered, false);
    return closed.startsWith(opened) ? between(opened, closed) : behindTheAnswer(asked, answer);
  }

  /** {@return how many tokens close an answer, whatever it is} */
  public int closingTokens(List<ChatMessage> before, List<ChatMessage> now) {
    return closing(before, now, new ChatMessage.Assistant(ANY_ANSWER), ANY_ANSWER).length;
  }

  /** {@return the tokens of a turn that is over, spelled anew} */
  public int[] whole(List<ChatMessage> before, List<ChatMessage> turn) {
    var both = new ArrayList<>(before);
    both.addAll(turn);
    if (before.isEmpty()) {
      int[] all = model.words().encode(text(both, false));
      return Arrays.copyOfRange(all, prefix().length, all.length);
    }
    return between(text(before, false), text(both, false));
  }

  /**
   * Templates that trim do not begin with the answer as it was written: what follows its words
   * counts.
   */
  private int[] behindTheAnswer(List<ChatMessage> asked, ChatMessage answer) {
    var answered = new ArrayList<>(asked);
    answered.add(answer);
    String closed = text(answered, false);
    int at = closed.lastIndexOf(answer.text().strip());
    String tail = at < 0 ? "" : closed.substring(at + answer.text().strip().length());
    return model.words().tokenizer().encode(tail, /* parseSpecial= */ true);
  }

  private int[] between(String shorter, String longer) {
    if (!longer.startsWith(shorter)) {
      throw new IllegalStateException(
          "the chat template changes what it wrote before when more is said, so turns cannot be added"
              + " one by one: use a plain conversation with this model");
    }
    return model
        .words()
        .tokenizer()
        .encode(longer.substring(shorter.length()), /* parseSpecial= */ true);
  }

  private String text(List<ChatMessage> messages, boolean addGenerationPrompt) {
    var all = new ArrayList<>(instruction);
    all.addAll(messages);
    return model.words().template().render(all, NO_TOOLS, addGenerationPrompt);
  }
}
