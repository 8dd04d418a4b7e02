package io.madeleine.engine.chat;

import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.generation.TokenSet;
import io.madeleine.engine.grammar.JsonForm;
import io.madeleine.engine.grammar.PlainCall;
import io.madeleine.engine.grammar.TokenTrie;
import io.madeleine.engine.json.Json;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.engine.token.ToolSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
   * @throws IllegalArgumentException if a schema cannot be enforced, or the model spells what opens
   *     or ends a call with more than one token
   */
  public static CallForm of(
      ToolDialect dialect, List<ToolSpec> tools, Tokenizer tokenizer, TokenTrie trie) {
    return switch (dialect) {
      case TAGGED_JSON ->
          new CallForm(
              JsonForm.of(oneOf(tools, "arguments"), tokenizer, trie),
              marker(tokenizer, dialect.opening()),
              marker(tokenizer, dialect.closing()));
      case MISTRAL ->
          new CallForm(
              JsonForm.of(list(oneOf(tools, "arguments")), tokenizer, trie),
              marker(tokenizer, dialect.opening()),
              NONE);
      case BARE_JSON ->
          new CallForm(JsonForm.of(oneOf(tools, "parameters"), tokenizer, trie), NONE, NONE);
      case POCKET ->
          new CallForm(
              JsonForm.ofCalls(tools.stream().map(CallForm::plain).toList(), tokenizer, trie),
              marker(tokenizer, dialect.opening()),
              NONE);
    };
  }

  private static int marker(Tokenizer tokenizer, String text) {
    int id = tokenizer.vocabulary().pieces().indexOf(text);
    if (id < 0) {
      throw new IllegalArgumentException(
          "a call cannot be forced, since this model has no token '%s'".formatted(text));
    }
    return id;
  }

  private static Json oneOf(List<ToolSpec> tools, String arguments) {
    var calls = new ArrayList<Json>();
    for (ToolSpec tool : tools) {
      var members = new LinkedHashMap<String, Json>();
      members.put("name", new Json.Object(Map.of("const", new Json.Text(tool.name()))));
      members.put(arguments, Json.parse(tool.parametersSchema()));
      calls.add(object(members));
    }
    return new Json.Object(Map.of("anyOf", new Json.Array(calls)));
  }

  private static Json object(Map<String, Json> properties) {
    var schema = new LinkedHashMap<String, Json>();
    schema.put("type", new Json.Text("object"));
    schema.put("properties", new Json.Object(properties));
    List<Json> required =
        properties.keySet().stream().<Json>map(name -> new Json.Text(name)).toList();
    schema.put("required", new Json.Array(required));
    return new Json.Object(schema);
  }

  private static Json list(Json call) {
    var schema = new LinkedHashMap<String, Json>();
    schema.put("type", new Json.Text("array"));
    schema.put("items", call);
    schema.put("minItems", new Json.Number("1"));
    schema.put("maxItems", new Json.Number("1"));
    return new Json.Object(schema);
  }

  private static PlainCall plain(ToolSpec tool) {
    return new PlainCall(tool.name(), List.copyOf(CallReader.types(tool).values()));
  }

  /** {@return a mask for one answer, before its first token} */
  public TokenMask newMask() {
    return new Mask(call.newMask());
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
