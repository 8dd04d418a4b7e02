package io.madeleine.engine.chat;

import static io.madeleine.engine.chat.ToolDialect.THINK;
import static io.madeleine.engine.chat.ToolDialect.THINK_END;

import io.madeleine.engine.chat.AnswerPart.Problem;
import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.token.ToolSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Tells reasoning, answer and tool calls apart while a model writes. Text goes out as soon as it
 * cannot be the beginning of a marker; a call goes out whole or not at all. White space around
 * answer, reasoning and calls is dropped, so that what was streamed is the message to the letter.
 * Not thread-safe.
 */
public final class AnswerReader {
  private static final int LONGEST_CALL = 1_000_000;

  private enum State {
    /** Nothing but white space has come: reasoning may begin here, and a bare call. */
    START,
    TEXT,
    THINKING,
    CALL
  }

  private final ToolDialect dialect;
  private final boolean hasTools;
  private final CallReader calls;
  private final StringBuilder waiting = new StringBuilder();
  private State state = State.START;
  private boolean isMarked;
  private ClosingTag closing;

  /**
   * Reads one answer.
   *
   * @param dialect how the model writes calls
   * @param tools what it may call; with none, nothing is taken for a call
   * @param ids makes the ids of calls that have none of their own
   */
  public AnswerReader(ToolDialect dialect, List<ToolSpec> tools, Supplier<String> ids) {
    this.dialect = dialect;
    this.hasTools = !tools.isEmpty();
    this.calls = new CallReader(tools, ids);
    this.closing = new ClosingTag(dialect);
  }

  /** Starts inside reasoning if {@code prompt} ends by opening it; call before the first text. */
  public void continuing(String prompt) {
    if (opensReasoning(prompt)) {
      state = State.THINKING;
    }
  }

  private static boolean opensReasoning(String prompt) {
    return prompt.stripTrailing().endsWith(THINK);
  }

  /**
   * {@return the prompt behind which an answer of {@code form} can stand} A form begins with the
   * answer's first token: what the model is to reason before it must be over by then.
   */
  public static String prompt(String prompt, Optional<TokenMask> form) {
    boolean mustEnd = form.filter(mask -> !mask.letsReason()).isPresent();
    return mustEnd ? prompt + reasoningEnd(prompt) : prompt;
  }

  /**
   * {@return what ends the reasoning that {@code prompt} opens at its end; empty if it opens none}
   */
  public static String reasoningEnd(String prompt) {
    return opensReasoning(prompt) ? "\n" + THINK_END + "\n\n" : "";
  }

  /** {@return what {@code text}, the next characters, completes} */
  public List<AnswerPart> push(String text) {
    waiting.append(text);
    List<AnswerPart> parts = new ArrayList<>();
    while (step(parts)) {}
    return parts;
  }

  /** {@return what is left when the model has stopped} */
  public List<AnswerPart> finish() {
    List<AnswerPart> parts = new ArrayList<>();
    while (state == State.CALL && tagPassedWasTheEnd()) {
      endCall(parts, closing.passed());
      while (step(parts)) {}
    }
    String rest = waiting.toString();
    waiting.setLength(0);
    switch (state) {
      case START, TEXT -> emit(parts, rest.stripTrailing());
      case THINKING -> think(parts, rest.stripTrailing());
      case CALL -> finishCall(parts, rest);
    }
    state = State.START;
    return parts;
  }

  private boolean tagPassedWasTheEnd() {
    return closing.passed() >= 0 && !CallReader.isJson(waiting.toString(), /* mayGoOn= */ false);
  }

  private void finishCall(List<AnswerPart> parts, String rest) {
    switch (dialect) {
      case TAGGED_JSON -> parts.addAll(unclosed(rest));
      case BARE_JSON -> {
        if (looksLikeACall(rest) && (isMarked || calls.isBareCall(rest))) {
          parts.addAll(calls.read(dialect, rest));
        } else {
          emit(parts, rest);
        }
      }
      case MISTRAL, POCKET -> parts.addAll(calls.read(dialect, rest));
    }
  }

  /** {@return the calls that the model ended with its answer and not with a tag} */
  private List<AnswerPart> unclosed(String rest) {
    List<AnswerPart> read = calls.read(dialect, rest);
    return read.stream().allMatch(AnswerPart.Call.class::isInstance)
        ? read
        : List.of(
            new AnswerPart.MalformedCall(
                rest, Problem.UNFINISHED, "the call must end with " + dialect.closing()));
  }

  /** An answer may be JSON for its own sake; a call has a name and arguments. */
  private static boolean looksLikeACall(String text) {
    return text.contains("\"name\"")
        && (text.contains("\"parameters\"") || text.contains("\"arguments\""));
  }

  /** One step of the automaton; {@return whether there may be another}. */
  private boolean step(List<AnswerPart> parts) {
    return switch (state) {
      case START -> start();
      case TEXT -> text(parts);
      case THINKING -> thinking(parts);
      case CALL -> call(parts);
    };
  }

  private boolean start() {
    int at = 0;
    while (at < waiting.length() && Character.isWhitespace(waiting.charAt(at))) {
      at++;
    }
    waiting.delete(0, at);
    if (waiting.isEmpty()) {
      return false;
    }
    String rest = waiting.toString();
    if (rest.startsWith(THINK)) {
      enter(State.THINKING, THINK.length());
      return true;
    }
    boolean bare = hasTools && dialect == ToolDialect.BARE_JSON;
    BareStart json = bare ? BareStart.of(rest) : BareStart.TEXT;
    if (THINK.startsWith(rest) || json == BareStart.UNSURE) {
      return false;
    }
    isMarked = false;
    state = json == BareStart.JSON ? State.CALL : State.TEXT;
    return true;
  }

  /** Reasoning does not begin inside an answer: there {@code <think>} is spoken of. */
  private boolean text(List<AnswerPart> parts) {
    String all = waiting.toString();
    String marker = dialect.opening();
    int first = hasTools ? all.indexOf(marker) : -1;
    if (first < 0) {
      int safe = all.length() - heldBack(all, hasTools ? marker : "");
      emit(parts, all.substring(0, safe));
      waiting.delete(0, safe);
      return false;
    }
    emit(parts, all.substring(0, first).stripTrailing());
    isMarked = true;
    enter(State.CALL, first + marker.length());
    return true;
  }

  private boolean thinking(List<AnswerPart> parts) {
    String all = waiting.toString();
    int end = all.indexOf(THINK_END);
    if (end >= 0) {
      think(parts, all.substring(0, end).stripTrailing());
      enter(State.START, end + THINK_END.length());
      return true;
    }
    int safe = all.length() - heldBack(all, THINK_END);
    think(parts, all.substring(0, safe));
    waiting.delete(0, safe);
    return false;
  }

  private boolean call(List<AnswerPart> parts) {
    int end = closing.find(waiting);
    boolean tooLong = waiting.length() > LONGEST_CALL;
    if (end < 0 && tooLong) {
      end = closing.passed();
    }
    if (end >= 0) {
      endCall(parts, end);
      return true;
    }
    if (tooLong) {
      parts.add(
          new AnswerPart.MalformedCall(
              waiting.substring(0, 200) + "…",
              Problem.TOO_LONG,
              "a call may have at most %,d characters".formatted(LONGEST_CALL)));
      enter(State.TEXT, waiting.length());
    }
    return false;
  }

  private void endCall(List<AnswerPart> parts, int end) {
    parts.addAll(calls.read(dialect, waiting.substring(0, end)));
    enter(State.START, end + dialect.closing().length());
  }

  private void enter(State next, int consumed) {
    waiting.delete(0, consumed);
    closing = new ClosingTag(dialect);
    state = next;
  }

  /** {@return how many characters at the end may yet become {@code marker}, or stand before it} */
  private static int heldBack(String text, String marker) {
    int at = text.length();
    for (int length = Math.min(marker.length() - 1, text.length()); length > 0; length--) {
      if (text.endsWith(marker.substring(0, length))) {
        at -= length;
        break;
      }
    }
    while (at > 0 && Character.isWhitespace(text.charAt(at - 1))) {
      at--;
    }
    return text.length() - at;
  }

  private static void emit(List<AnswerPart> parts, String text) {
    if (!text.isEmpty()) {
      parts.add(new AnswerPart.Text(text));
    }
  }

  private static void think(List<AnswerPart> parts, String text) {
    if (!text.isEmpty()) {
      parts.add(new AnswerPart.Thinking(text));
    }
  }
}
