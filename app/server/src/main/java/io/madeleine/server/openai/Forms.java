package io.madeleine.server.openai;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.grammar.JsonForm;
import io.madeleine.engine.grammar.TokenTrie;
import io.madeleine.engine.json.Json;
import io.madeleine.server.openai.protocol.ChatRequest.ResponseForm;
import io.madeleine.server.openai.protocol.OpenAiException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.stereotype.Component;

/**
 * Makes the mask that an answer's form needs. Keeps the forms of the last {@value #KEPT} schemas.
 */
@Component
class Forms {

  private static final int KEPT = 32;

  private final ReadyModel model;
  private final TokenTrie trie;
  private final Map<ResponseForm, JsonForm> forms =
      Collections.synchronizedMap(
          new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<ResponseForm, JsonForm> eldest) {
              return size() > KEPT;
            }
          });

  Forms(ReadyModel model) {
    this.model = model;
    this.trie = TokenTrie.of(model.words().tokenizer());
  }

  TokenMask mask(ResponseForm form) {
    JsonForm known = forms.get(form);
    if (known == null) {
      known = make(form);
      forms.put(form, known);
    }
    return known.newMask();
  }

  private JsonForm make(ResponseForm form) {
    try {
      return switch (form) {
        case ResponseForm.AnyJson() -> JsonForm.anyObject(model.words().tokenizer(), trie);
        case ResponseForm.Schema(String schema) ->
            JsonForm.of(Json.parse(schema), model.words().tokenizer(), trie);
      };
    } catch (IllegalArgumentException e) {
      throw OpenAiException.invalid("response_format", String.valueOf(e.getMessage()));
    }
  }
}
