package io.madeleine.langchain4j.form;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.internal.Json;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.chat.CallForm;
import io.madeleine.engine.chat.CallOrForm;
import io.madeleine.engine.chat.ToolDialect;
import io.madeleine.engine.generation.BlamingMask;
import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.grammar.JsonForm;
import io.madeleine.engine.grammar.TokenTrie;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.engine.token.ToolSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Makes the masks of response formats and of calls. Keeps the last {@value #KEPT}. Thread-safe. */
public final class Forms {

  private static final int KEPT = 32;

  private final Tokenizer tokenizer;
  private final TokenTrie trie;
  private final OptionalInt callOpening;
  private final ToolDialect dialect;
  private final LinkedHashMap<ResponseFormat, JsonForm> forms = new LinkedHashMap<>();
  private final LinkedHashMap<List<ToolSpec>, CallForm> calls = new LinkedHashMap<>();

  /** Makes forms for the words of {@code model}. */
  public Forms(ReadyModel model) {
    this.dialect = model.words().dialect();
    this.tokenizer = model.words().tokenizer();
    this.trie = TokenTrie.of(tokenizer);
    this.callOpening = model.words().callMarker();
  }

  /** {@return whether an answer can have a form and be a call instead} */
  public boolean leavesRoomForCalls() {
    return callOpening.isPresent();
  }

  /**
   * {@return a fresh mask, or none for plain text}
   *
   * @param tools what the model may call instead; a call then fits a tool's schema, unless that
   *     cannot be enforced
   * @throws UnsupportedFeatureException if the format cannot be enforced; so does the mask if that
   *     turns out later
   */
  public Optional<TokenMask> mask(@Nullable ResponseFormat format, List<ToolSpec> tools) {
    if (format == null || format.type() == ResponseFormatType.TEXT) {
      return Optional.empty();
    }
    TokenMask form = new BlamingMask(form(format).newMask(), Forms::badFormat);
    return Optional.of(tools.isEmpty() ? form : callOr(form, tools));
  }

  private TokenMask callOr(TokenMask form, List<ToolSpec> tools) {
    int opening = callOpening.orElseThrow();
    int vocabulary = tokenizer.vocabulary().size();
    try {
      TokenMask call = new BlamingMask(callForm(tools).newMask(), e -> unsupported("tools", e));
      return new CallOrForm(form, opening, call, vocabulary);
    } catch (IllegalArgumentException e) {
      return CallOrForm.ofAnyCall(form, opening, vocabulary);
    }
  }

  /**
   * {@return a fresh mask for an answer that calls one of these tools}
   *
   * @throws UnsupportedFeatureException if a tool's schema cannot be enforced; so does the mask if
   *     that turns out later
   */
  public TokenMask call(List<ToolSpec> tools) {
    try {
      return new BlamingMask(callForm(tools).newMask(), Forms::badCall);
    } catch (IllegalArgumentException e) {
      throw badCall(e);
    }
  }

  private synchronized CallForm callForm(List<ToolSpec> tools) {
    CallForm known = calls.remove(tools);
    CallForm form = known == null ? CallForm.of(dialect, tools, tokenizer, trie) : known;
    calls.putLast(tools, form);
    if (calls.size() > KEPT) {
      calls.pollFirstEntry();
    }
    return form;
  }

  private synchronized JsonForm form(ResponseFormat format) {
    JsonForm known = forms.remove(format);
    JsonForm form = known == null ? make(format) : known;
    forms.putLast(format, form);
    if (forms.size() > KEPT) {
      forms.pollFirstEntry();
    }
    return form;
  }

  private JsonForm make(ResponseFormat format) {
    try {
      return format.jsonSchema() == null
          ? JsonForm.anyObject(tokenizer, trie)
          : JsonForm.of(
              io.madeleine.engine.json.Json.parse(schema(format.jsonSchema().rootElement())),
              tokenizer,
              trie);
    } catch (IllegalArgumentException e) {
      throw badFormat(e);
    }
  }

  private static UnsupportedFeatureException badFormat(IllegalArgumentException why) {
    return unsupported("responseFormat", why);
  }

  private static UnsupportedFeatureException badCall(IllegalArgumentException why) {
    return unsupported("ToolChoice.REQUIRED", why);
  }

  private static UnsupportedFeatureException unsupported(
      String asked, IllegalArgumentException why) {
    return new UnsupportedFeatureException(asked + ": " + why.getMessage());
  }

  /** {@return a JSON schema as text} */
  public static String schema(JsonSchemaElement element) {
    return element instanceof JsonRawSchema raw
        ? raw.schema()
        : Json.toJson(JsonSchemaElementUtils.toMap(element));
  }
}
