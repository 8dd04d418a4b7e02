package io.madeleine.engine.chat;

import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.generation.TokenSet;
import io.madeleine.engine.grammar.CallWords;
import io.madeleine.engine.grammar.JsonCall;
import io.madeleine.engine.grammar.JsonForm;
import io.madeleine.engine.grammar.PlainCall;
import io.madeleine.engine.grammar.TokenTrie;
import io.madeleine.engine.json.Json;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.engine.token.ToolSpec;
import java.util.List;

/**
 * The form of an answer that must call a tool: exactly one call of one of them, in the words of the
 * model's family, with arguments that fit the tool's schema. Thread-safe.
 */
public final class CallForm {

  private static final int NONE = -1;

  private final JsonForm call;
  private final int opening;
  private final int closing;

  private CallForm(JsonForm call, int opening, int closing) {
    this.call = call;
    this.opening = opening;
    this.closing = closing;
  }

  /**
   * {@return the form of a call}
   *
   * @param tools at least one
   * @param trie of {@code tokenizer}
   * @throws IllegalArgumentException if a schema cannot be enforced, or the model has no token for
   *     what opens a call and the dialect does not let it be spelled
   */
  public static CallForm of(
      ToolDialect dialect, List<ToolSpec> tools, Tokenizer tokenizer, TokenTrie trie) {
    return switch (dialect) {
      case TAGGED_JSON -> tagged(dialect, tools, tokenizer, trie);
      case MISTRAL ->
          new CallForm(
              json(tools, new CallWords("[", "arguments", "]"), tokenizer, trie),
              marker(tokenizer, dialect.opening()),
              NONE);
      case BARE_JSON ->
          new CallForm(
              json(tools, new CallWords("", "parameters", ""), tokenizer, trie), NONE, NONE);
      case POCKET ->
          new CallForm(
              JsonForm.ofCalls(tools.stream().map(CallForm::plain).toList(), tokenizer, trie),
              marker(tokenizer, dialect.opening()),
              NONE);
    };
  }

  /** A tag that is no token of this model is spelled like any other text. */
  private static CallForm tagged(
      ToolDialect dialect, List<ToolSpec> tools, Tokenizer tokenizer, TokenTrie trie) {
    int opening = token(tokenizer, dialect.opening());
    int closing = token(tokenizer, dialect.closing());
    var words =
        new CallWords(
            opening == NONE ? dialect.opening() : "",
            "arguments",
            closing == NONE ? dialect.closing() : "");
    return new CallForm(json(tools, words, tokenizer, trie), opening, closing);
  }

  private static JsonForm json(
      List<ToolSpec> tools, CallWords words, Tokenizer tokenizer, TokenTrie trie) {
    List<JsonCall> calls =
        tools.stream()
            .map(tool -> new JsonCall(tool.name(), Json.parse(tool.parametersSchema())))
            .toList();
    return JsonForm.ofCalls(calls, words, tokenizer, trie);
  }

  private static int marker(Tokenizer tokenizer, String text) {
    int id = token(tokenizer, text);
    if (id == NONE) {
      throw new IllegalArgumentException(
          "a call cannot be forced, since this model has no token '%s'".formatted(text));
    }
    return id;
  }

  private static int token(Tokenizer tokenizer, String text) {
    return tokenizer.vocabulary().pieces().indexOf(text); // −1 is NONE
  }

  private static PlainCall plain(ToolSpec tool) {
    return new PlainCall(tool.name(), List.copyOf(CallReader.types(tool).values()));
  }

  /** {@return a mask for one answer, before its first token} */
  public TokenMask newMask() {
    return new Mask(call.newMask());
  }

  /**
   * {@return the bytes that it occupies by now, about} It grows with the calls that are written.
   */
  public long bytes() {
    return call.bytes();
  }

  private final class Mask implements TokenMask {
    private final TokenMask inside;
    private boolean opened = opening == NONE;
    private boolean closed;

    Mask(TokenMask inside) {
      this.inside = inside;
    }

    @Override
    public TokenSet allowed() {
      if (!opened || closed) {
        return TokenSet.of(opening + 1, id -> !opened && id == opening);
      }
      TokenSet spelled = inside.allowed();
      return closing != NONE && inside.mayEnd()
          ? TokenSet.of(closing + 1, id -> id == closing)
          : spelled;
    }

    @Override
    public boolean mayEnd() {
      return closing == NONE ? opened && inside.mayEnd() : closed;
    }

    @Override
    public void accept(int token) {
      if (!allowed().contains(token)) {
        throw new IllegalArgumentException("token %d is not allowed here".formatted(token));
      }
      if (!opened) {
        opened = true;
      } else if (token == closing && inside.mayEnd()) {
        closed = true;
      } else {
        inside.accept(token);
      }
    }
  }
}
