package io.madeleine.testing.model;

import io.madeleine.engine.chat.ModelFamily;
import io.madeleine.engine.json.Json;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.engine.token.Vocabulary;
import io.madeleine.engine.token.Vocabulary.Kind;
import io.madeleine.engine.tokenizer.Tokenizers;
import io.madeleine.engine.tokenizer.Vocabularies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** The corpus' chat templates and those of the families, and tokenizers that know their tokens. */
public final class SpokenTemplates {

  /** The tokens of all of them. */
  public static final List<String> CONTROL =
      List.of(
          "<s>",
          "</s>",
          "<|im_start|>",
          "<|im_end|>",
          "<|start_header_id|>",
          "<|end_header_id|>",
          "<|eot_id|>",
          "<start_of_turn>",
          "<end_of_turn>",
          "<|system|>",
          "<|user|>",
          "<|assistant|>",
          "<|end|>",
          "<|session|>",
          "<|result|>",
          "<|tool|>",
          "[INST]",
          "[/INST]",
          "[TOOL_CALLS]",
          "[TOOL_RESULTS]",
          "[/TOOL_RESULTS]",
          "<think>",
          "</think>");

  /** Opens the reasoning of every answer itself, as the distilled DeepSeek models' do. */
  public static final String REASONING =
      """
      {%- for m in messages -%}
      {{- '<|im_start|>' + m.role + '\\n' + m.content.split('</think>')[-1] + '<|im_end|>\\n' -}}
      {%- endfor -%}
      {%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n<think>\\n' -}}{%- endif -%}
      """;

  private SpokenTemplates() {}

  /** {@return Jinja by name} */
  public static Map<String, String> all() {
    var all = new LinkedHashMap<String, String>();
    corpus().forEach(name -> all.put(name, source(name)));
    for (ModelFamily family : ModelFamily.values()) {
      all.put("family " + family.name().toLowerCase(Locale.ROOT), family.template());
    }
    return all;
  }

  /** {@return the names of all templates that are rendered by Python's Jinja, too} */
  private static Set<String> corpus() {
    var names = new TreeSet<String>();
    var cases = ((Json.Object) Json.parse(resource("expected.json"))).find("cases").orElseThrow();
    for (Json each : ((Json.Array) cases).items()) {
      Json name = ((Json.Object) each).find("template").orElseThrow();
      names.add(((Json.Text) name).value().replace(".jinja", ""));
    }
    return names;
  }

  /** {@return the Jinja of a template of the corpus} */
  public static String source(String name) {
    return resource(name + ".jinja");
  }

  private static String resource(String name) {
    try (var in = SpokenTemplates.class.getResourceAsStream("/templates/" + name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@return a tokenizer of a small vocabulary that has the tokens, of either kind} */
  public static Tokenizer tokenizer(boolean bytePairs) {
    Vocabulary small =
        bytePairs
            ? Vocabularies.bytePair("gpt-2", 50, 3)
            : Vocabularies.sentencePiece(500, /* spaceFirst= */ true, 1);
    List<String> missing = CONTROL.stream().filter(text -> !small.pieces().contains(text)).toList();
    var pieces = new ArrayList<>(small.pieces());
    var kinds = new ArrayList<>(small.kinds());
    var scores = new ArrayList<>(small.scores());
    for (String text : missing) {
      pieces.add(text);
      kinds.add(Kind.CONTROL);
      if (!bytePairs) {
        scores.add(0f);
      }
    }
    if (!bytePairs) {
      // As in the families' own, no word grows together with the end of a line.
      for (int id = 0; id < pieces.size(); id++) {
        if (kinds.get(id) == Kind.NORMAL && pieces.get(id).contains("\n")) {
          pieces.set(id, "\0" + id);
        }
      }
    }
    var vocabulary = new Vocabulary(pieces, kinds, scores, small.merges(), small.special());
    return Tokenizers.of(vocabulary, bytePairs ? "gpt2" : "llama", "gpt-2");
  }
}
