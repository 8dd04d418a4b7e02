package io.madeleine.conversation.mind.line;

import io.madeleine.engine.chat.AnswerReader;
import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.template.value.TemplateException;
import io.madeleine.engine.text.ModelText;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ChatMessage.Assistant;
import io.madeleine.engine.token.ChatMessage.User;
import io.madeleine.engine.token.ToolSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a chat template adds for one turn. Its tokens are found by differences: two prompts that are
 * the same but for one message tell where that message stands. An exchange that means nothing
 * stands for the turns before, so that the cost does not grow with the history.
 *
 * <p>A template may write the last answer of a dialogue in another way than one that has more
 * behind it: with an end token (Phi), or with an empty block of reasoning (Qwen3). What counts here
 * is how it is written once more is said.
 */
public final class TurnWords {

  private static final List<ToolSpec> NO_TOOLS = List.of();

  /** Two messages that neither begin nor end alike. */
  private static final String ONE = "a";

  private static final String OTHER = "Zb";
  private static final User ANY_QUESTION = new User(ONE);

  private final ModelText words;
  private final List<ChatMessage> instruction;
  private final int[] prefix;
  private final int[] closing;
  private final String prompt;
  private final String beforeAnswer;

  /**
   * Asks the template of {@code words} what it adds.
   *
   * @param instruction what stands before the first turn, if anything does
   * @throws IllegalStateException if the template leaves answers out
   * @throws TemplateException if the template refuses a question and its answer
   */
  public TurnWords(ModelText words, List<ChatMessage> instruction) {
    this.words = words;
    this.instruction = List.copyOf(instruction);
    this.prompt = text(List.of(ANY_QUESTION), true);
    this.prefix = commonTokens(words.encode(prompt));
    this.closing = commonClosing();
    this.beforeAnswer = textBeforeAnswer();
  }

  private int[] commonTokens(int[] one) {
    int[] other = words.encode(text(List.of(new User(OTHER)), true));
    return Arrays.copyOf(one, Math.max(0, Arrays.mismatch(one, other) - 1));
  }

  /** What follows an answer, be it the last or not. */
  private int[] commonClosing() {
    return common(behindAnAnswer(List.of(), false), behindAnAnswer(List.of(ANY_QUESTION), true));
  }

  private static int[] common(int[] one, int[] other) {
    int same = Arrays.mismatch(one, other);
    return same < 0 ? one : Arrays.copyOf(one, same);
  }

  /**
   * {@return what the template has between its prompt and an answer} Where the prompt opens
   * reasoning, which is not in the log, that is what ends it. A template that moves its instruction
   * tells only without one.
   */
  private String textBeforeAnswer() {
    String reasoningEnd = AnswerReader.reasoningEnd(prompt);
    return reasoningEnd.isEmpty()
        ? textBeforeAnswer(instruction).or(() -> textBeforeAnswer(List.of())).orElse("")
        : reasoningEnd;
  }

  private Optional<String> textBeforeAnswer(List<ChatMessage> told) {
    String asked = text(told, List.of(ANY_QUESTION), true);
    String one = text(told, answered(ONE, List.of(ANY_QUESTION)), true);
    String other = text(told, answered(OTHER, List.of(ANY_QUESTION)), true);
    int end = one.length() - commonEnd(one, other) - ONE.length();
    return one.startsWith(asked) && end >= asked.length()
        ? Optional.of(one.substring(asked.length(), end))
        : Optional.empty();
  }

  /** {@return the tokens that stand in front of the first turn, whatever is said in it} */
  public int[] prefix() {
    return prefix.clone();
  }

  /** {@return a prompt, which ends as all do} */
  public String prompt() {
    return prompt;
  }

  /**
   * {@return the tokens of what was said now, up to where the answer begins}
   *
   * @param first whether no turn stands before this one
   */
  public int[] asked(boolean first, List<ChatMessage> now) {
    return first
        ? behindPrefix(words.encode(text(now, true)))
        : behindClosing(behindAnAnswer(now, true));
  }

  /** {@return the same before an answer of a form: no reasoning is left open} */
  public int[] asked(boolean first, List<ChatMessage> now, Optional<TokenMask> form) {
    String begun = AnswerReader.prompt(prompt, form);
    return IntStream.concat(
            IntStream.of(asked(first, now)), IntStream.of(idsFrom(begun, prompt.length())))
        .toArray();
  }

  /** {@return the tokens that close an answer, behind the model's own {@code raw} text} */
  public int[] closing(String raw) {
    int at = 0;
    String left = raw;
    while (at < closing.length) {
      String spelled = new String(words.tokenizer().bytes(closing[at]), StandardCharsets.UTF_8);
      if (spelled.isEmpty() || !spelled.isBlank() || !left.endsWith(spelled)) {
        break;
      }
      left = left.substring(0, left.length() - spelled.length()); // the model wrote it itself
      at++;
    }
    return Arrays.copyOfRange(closing, at, closing.length);
  }

  /** {@return how many tokens close an answer at most} */
  public int closingTokens() {
    return closing.length;
  }

  /**
   * {@return the tokens of a turn that is over, spelled anew} They are those that were read and
   * written, but for reasoning, which the log does not have, and for words that the model spelled
   * in another way than the tokenizer does. What the template refuses, such as a tool's result, is
   * spelled as one question with its answer.
   *
   * @param first whether no turn stands before this one
   */
  public int[] whole(boolean first, List<ChatMessage> turn) {
    try {
      return spelled(first, first ? beginningAsAllDo(turn) : turn);
    } catch (TemplateException e) {
      return spelled(first, asOneExchange(turn));
    }
  }

  /** A template may begin otherwise where an answer comes first, and {@link #prefix} stands. */
  private List<ChatMessage> beginningAsAllDo(List<ChatMessage> turn) {
    int[] ids = words.encode(text(isAnswered(turn) ? withoutAnswer(turn) : turn, true));
    return common(prefix, ids).length == prefix.length ? turn : asOneExchange(turn);
  }

  private static boolean isAnswered(List<ChatMessage> turn) {
    return turn.size() > 1
        && turn.getLast() instanceof Assistant answer
        && answer.toolCalls().isEmpty();
  }

  private static List<ChatMessage> withoutAnswer(List<ChatMessage> answered) {
    return answered.subList(0, answered.size() - 1);
  }

  private int[] spelled(boolean first, List<ChatMessage> turn) {
    if (!isAnswered(turn)) {
      return unanswered(first, turn);
    }
    List<ChatMessage> now = withoutAnswer(turn);
    String before = text(now, true);
    String answer = beforeAnswer + asWritten(turn.getLast().text());
    return Stream.of(asked(first, now), idsFrom(before + answer, before.length()), closing)
        .flatMapToInt(IntStream::of)
        .toArray();
  }

  /**
   * {@return {@code answer} as the template has it: control tokens that it spells stay text} An
   * empty one is not shown to the template, which may refuse it.
   */
  private String asWritten(String answer) {
    if (answer.isEmpty()) {
      return "";
    }
    String one = text(answered(ONE, List.of()), false);
    String other = text(answered(OTHER, List.of()), false);
    String all = text(answered(answer, List.of()), false);
    int end = all.length() - commonEnd(one, other);
    return all.substring(Math.min(end, commonHead(one, other)), end);
  }

  private int[] unanswered(boolean first, List<ChatMessage> turn) {
    return first
        ? behindPrefix(common(words.encode(text(turn, false)), words.encode(text(turn, true))))
        : behindClosing(common(behindAnAnswer(turn, false), behindAnAnswer(turn, true)));
  }

  private static List<ChatMessage> asOneExchange(List<ChatMessage> turn) {
    Predicate<ChatMessage> isAnswer = Assistant.class::isInstance;
    return List.of(
        new User(joined(turn, isAnswer.negate())), new Assistant(joined(turn, isAnswer)));
  }

  private static String joined(List<ChatMessage> turn, Predicate<ChatMessage> which) {
    return turn.stream()
        .filter(which)
        .map(ChatMessage::text)
        .filter(text -> !text.isBlank())
        .collect(Collectors.joining("\n\n"));
  }

  private int[] behindPrefix(int[] ids) {
    return Arrays.copyOfRange(ids, Math.min(prefix.length, ids.length), ids.length);
  }

  /** An answer before is closed already. */
  private int[] behindClosing(int[] ids) {
    return Arrays.copyOfRange(ids, common(closing, ids).length, ids.length);
  }

  private int[] behindAnAnswer(List<ChatMessage> more, boolean addGenerationPrompt) {
    String one = text(answered(ONE, more), addGenerationPrompt);
    int end = commonEnd(one, text(answered(OTHER, more), addGenerationPrompt));
    if (end == one.length()) {
      throw new IllegalStateException(
          "the chat template of this model leaves answers out, so turns cannot be added one by one:"
              + " use a plain conversation, or another model");
    }
    return idsFrom(one, one.length() - end);
  }

  /** {@return the tokens of a text from a character on, as they are behind those before it} */
  private int[] idsFrom(String text, int at) {
    int[] all = words.encode(text);
    int[] before = words.encode(text.substring(0, at));
    return common(before, all).length == before.length
        ? Arrays.copyOfRange(all, before.length, all.length)
        : words.tokenizer().encode(text.substring(at), /* parseSpecial= */ true);
  }

  private static List<ChatMessage> answered(String answer, List<ChatMessage> more) {
    var all = new ArrayList<ChatMessage>(List.of(ANY_QUESTION, new Assistant(answer)));
    all.addAll(more);
    return all;
  }

  private static int commonHead(String one, String other) {
    int shorter = Math.min(one.length(), other.length());
    int same = 0;
    while (same < shorter && one.charAt(same) == other.charAt(same)) {
      same++;
    }
    return same;
  }

  private static int commonEnd(String one, String other) {
    int shorter = Math.min(one.length(), other.length());
    int same = 0;
    while (same < shorter
        && one.charAt(one.length() - 1 - same) == other.charAt(other.length() - 1 - same)) {
      same++;
    }
    return same;
  }

  private String text(List<ChatMessage> messages, boolean addGenerationPrompt) {
    return text(instruction, messages, addGenerationPrompt);
  }

  private String text(
      List<ChatMessage> told, List<ChatMessage> messages, boolean addGenerationPrompt) {
    var all = new ArrayList<>(told);
    all.addAll(messages);
    return words.template().render(all, NO_TOOLS, addGenerationPrompt);
  }
}
