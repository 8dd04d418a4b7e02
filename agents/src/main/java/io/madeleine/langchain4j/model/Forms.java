package io.madeleine.langchain4j.model;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.internal.Json;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.grammar.JsonForm;
import io.madeleine.engine.grammar.TokenTrie;
import io.madeleine.engine.token.Tokenizer;
import java.util.LinkedHashMap;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes the masks of response formats. Keeps the last {@value #KEPT}. Thread-safe. */
final class Forms {

  private static final int KEPT = 32;

  private final Tokenizer tokenizer;
  private final TokenTrie trie;
  private final LinkedHashMap<ResponseFormat, JsonForm> forms = new LinkedHashMap<>();

  Forms(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    this.trie = TokenTrie.of(tokenizer);
  }

  /** {@return a fresh mask, or none for plain text} */
  Optional<TokenMask> mask(@Nullable ResponseFormat format) {
    return format == null || format.type() == ResponseFormatType.TEXT
        ? Optional.empty()
        : Optional.of(form(format).newMask());
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
      throw new UnsupportedFeatureException("responseFormat: " + e.getMessage());
    }
  }

  /** {@return a JSON schema as text} */
  static String schema(JsonSchemaElement element) {
    return element instanceof JsonRawSchema raw
        ? raw.schema()
        : Json.toJson(JsonSchemaElementUtils.toMap(element));
  }
}
