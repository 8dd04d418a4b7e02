package io.madeleine.server.openai;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.chat.CallForm;
import io.madeleine.engine.generation.BlamingMask;
import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.grammar.JsonForm;
import io.madeleine.engine.grammar.TokenTrie;
import io.madeleine.engine.json.Json;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.server.openai.protocol.ChatRequest.ResponseForm;
import io.madeleine.server.openai.protocol.OpenAiException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/**
 * Makes the mask that an answer's form needs. Keeps the forms of the last {@value #KEPT} schemas.
 */
@Component
class Forms {

  private static final int KEPT = 32;

  private final ReadyModel model;
  private final TokenTrie trie;
  private final Map<ResponseForm, Supplier<TokenMask>> forms =
      Collections.synchronizedMap(
          new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(
                Map.Entry<ResponseForm, Supplier<TokenMask>> eldest) {
              return size() > KEPT;
            }
          });

  Forms(ReadyModel model) {
    this.model = model;
    this.trie = TokenTrie.of(model.words().tokenizer());
  }

  TokenMask mask(ResponseForm form) {
    Supplier<TokenMask> known = forms.get(form);
    if (known == null) {
      known = make(form);
      forms.put(form, known);
    }
    return new BlamingMask(known.get(), e -> refused(form, e));
  }

  private static OpenAiException refused(ResponseForm form, IllegalArgumentException why) {
    return OpenAiException.invalid(asked(form), String.valueOf(why.getMessage()));
  }

  private static String asked(ResponseForm form) {
    return form instanceof ResponseForm.Call ? "tools" : "response_format";
  }

  private Supplier<TokenMask> make(ResponseForm form) {
    Tokenizer tokenizer = model.words().tokenizer();
    try {
      return switch (form) {
        case ResponseForm.AnyJson() -> JsonForm.anyObject(tokenizer, trie)::newMask;
        case ResponseForm.Schema(String schema) ->
            JsonForm.of(Json.parse(schema), tokenizer, trie)::newMask;
        case ResponseForm.Call(var tools) ->
            CallForm.of(model.words().family().tools(), tools, tokenizer, trie)::newMask;
      };
    } catch (IllegalArgumentException e) {
      throw refused(form, e);
    }
  }
}
