package io.madeleine.server.openai;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.chat.CallForm;
import io.madeleine.engine.chat.CallOrForm;
import io.madeleine.engine.generation.BlamingMask;
import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.grammar.JsonForm;
import io.madeleine.engine.grammar.TokenTrie;
import io.madeleine.engine.json.Json;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.engine.token.ToolSpec;
import io.madeleine.server.openai.protocol.ChatRequest.ResponseForm;
import io.madeleine.server.openai.protocol.OpenAiException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
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
    return masks(form).get();
  }

  private Supplier<TokenMask> masks(ResponseForm form) {
    Supplier<TokenMask> known = forms.get(form);
    if (known == null) {
      Supplier<TokenMask> made = make(form);
      known = () -> new BlamingMask(made.get(), e -> refused(form, e));
      forms.put(form, known);
    }
    return known;
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
            CallForm.of(model.words().dialect(), tools, tokenizer, trie)::newMask;
        case ResponseForm.CallOr(var tools, var answer) -> callOr(tools, masks(answer));
      };
    } catch (IllegalArgumentException e) {
      throw refused(form, e);
    }
  }

  private Supplier<TokenMask> callOr(List<ToolSpec> tools, Supplier<TokenMask> answers) {
    int vocabulary = model.words().tokenizer().vocabulary().size();
    int opening =
        model
            .words()
            .callMarker()
            .orElseThrow(
                () ->
                    OpenAiException.unsupported(
                        "response_format",
                        "response_format and tools in one request are not supported for a model that"
                            + " has no token of its own to open a call with: ask in two steps"));
    try {
      Supplier<TokenMask> calls = masks(new ResponseForm.Call(tools));
      return () -> new CallOrForm(answers.get(), opening, calls.get(), vocabulary);
    } catch (OpenAiException e) { // their schemas cannot be enforced, which nobody asked for
      return () -> CallOrForm.ofAnyCall(answers.get(), opening, vocabulary);
    }
  }
}
