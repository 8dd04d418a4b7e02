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
import java.util.List;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/**
 * Makes the mask that an answer's form needs. Keeps the forms of the last {@value #KEPT} schemas,
 * of all tenants together, or of fewer, where these take more than 128 MiB.
 */
@Component
class Forms {

  private static final int KEPT = 32;
  private static final long KEPT_BYTES = 128L << 20;

  private final ReadyModel model;
  private final TokenTrie trie;
  private final KeptForms forms = new KeptForms(KEPT, KEPT_BYTES);

  Forms(ReadyModel model) {
    this.model = model;
    this.trie = TokenTrie.of(model.words().tokenizer());
  }

  TokenMask mask(ResponseForm asked) {
    Tokenizer tokenizer = model.words().tokenizer();
    return switch (asked) {
      case ResponseForm.AnyJson any -> kept(any, () -> json(JsonForm.anyObject(tokenizer, trie)));
      case ResponseForm.Schema schema ->
          kept(schema, () -> json(JsonForm.of(Json.parse(schema.schema()), tokenizer, trie)));
      case ResponseForm.Call call ->
          kept(
              call,
              () -> {
                var form = CallForm.of(model.words().dialect(), call.tools(), tokenizer, trie);
                return new KeptForms.Form(form::newMask, form::bytes);
              });
      case ResponseForm.CallOr(var tools, var answer) -> callOr(tools, mask(answer));
    };
  }

  private static KeptForms.Form json(JsonForm form) {
    return new KeptForms.Form(form::newMask, form::bytes);
  }

  private TokenMask kept(ResponseForm asked, Supplier<KeptForms.Form> make) {
    try {
      TokenMask mask = forms.of(asked, make).masks().get();
      return new BlamingMask(mask, e -> refused(asked, e));
    } catch (IllegalArgumentException e) {
      throw refused(asked, e);
    }
  }

  private static OpenAiException refused(ResponseForm form, IllegalArgumentException why) {
    return OpenAiException.invalid(asked(form), String.valueOf(why.getMessage()));
  }

  private static String asked(ResponseForm form) {
    return form instanceof ResponseForm.Call ? "tools" : "response_format";
  }

  private TokenMask callOr(List<ToolSpec> tools, TokenMask answer) {
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
      TokenMask call = mask(new ResponseForm.Call(tools));
      return new CallOrForm(answer, opening, call, vocabulary);
    } catch (OpenAiException e) { // their schemas cannot be enforced, which nobody asked for
      return CallOrForm.ofAnyCall(answer, opening, vocabulary);
    }
  }
}
