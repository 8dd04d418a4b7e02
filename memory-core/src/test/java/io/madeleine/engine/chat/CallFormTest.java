package io.madeleine.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.generation.TokenSet;
import io.madeleine.engine.grammar.TokenTrie;
import io.madeleine.engine.json.Json;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.engine.token.ToolSpec;
import io.madeleine.engine.token.Vocabulary;
import io.madeleine.engine.token.Vocabulary.Kind;
import io.madeleine.engine.tokenizer.Tokenizers;
import io.madeleine.engine.tokenizer.Vocabularies;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever tokens are drawn under the form, the reader of the same family finds one call. */
final class CallFormTest {

  private static final List<ToolSpec> TOOLS =
      List.of(
          new ToolSpec(
              "weather",
              "The weather",
              """
              {"type":"object","properties":{"city":{"type":"string","maxLength":9},
              "days":{"type":"integer"}},"required":["city","days"]}\
              """),
          new ToolSpec("time", "The time", "{\"type\":\"object\",\"properties\":{}}"));
  private static final Tokenizer TOKENIZER = Tokenizers.of(withMarkers(), "gpt2", "gpt-2");
  private static final TokenTrie TRIE = TokenTrie.of(TOKENIZER);

  private static Vocabulary withMarkers() {
    Vocabulary plain = Vocabularies.bytePair("gpt-2", 300, 3);
    var pieces = new ArrayList<>(plain.pieces());
    var kinds = new ArrayList<>(plain.kinds());
    for (ToolDialect dialect : ToolDialect.values()) {
      for (String marker : List.of(dialect.opening(), dialect.closing())) {
        if (!marker.isEmpty()) {
          pieces.add(marker);
          kinds.add(Kind.CONTROL);
        }
      }
    }
    return new Vocabulary(pieces, kinds, plain.scores(), plain.merges(), plain.special());
  }

  @ParameterizedTest
  @EnumSource(ToolDialect.class)
  void newMask_anyTokensThatItAllows_areOneCallThatFitsTheSchema(ToolDialect dialect) {
    CallForm form = CallForm.of(dialect, TOOLS, TOKENIZER, TRIE);
    for (long seed = 0; seed < 40; seed++) {
      String written = draw(form.newMask(), new SplittableRandom(seed));
      var reader = new AnswerReader(dialect, TOOLS, () -> "call");
      List<AnswerPart> parts = new ArrayList<>(reader.push(written));
      parts.addAll(reader.finish());

      assertThat(parts).as("seed %d: %s", seed, written).hasSize(1);
      assertThat(parts.getFirst())
          .as("seed %d: %s", seed, written)
          .isInstanceOf(AnswerPart.Call.class);
      fits((AnswerPart.Call) parts.getFirst());
    }
  }

  private static void fits(AnswerPart.Call call) {
    Json.Object arguments = (Json.Object) Json.parse(call.call().arguments());
    if (call.call().name().equals("weather")) {
      assertThat(arguments.members().keySet()).containsExactly("city", "days");
      assertThat(arguments.members().get("city")).isInstanceOf(Json.Text.class);
      assertThat(arguments.members().get("days")).isInstanceOf(Json.Number.class);
    }
  }

  @Test
  void of_modelWithoutTheMarker_saysWhichTokenItLacks() {
    Tokenizer plain = Tokenizers.of(Vocabularies.bytePair("gpt-2", 100, 3), "gpt2", "gpt-2");

    assertThatThrownBy(() -> CallForm.of(ToolDialect.MISTRAL, TOOLS, plain, TokenTrie.of(plain)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[TOOL_CALLS]");
  }

  @Test
  void newMask_modelThatSpellsTheTags_callsAllTheSame() {
    Tokenizer plain = Tokenizers.of(Vocabularies.bytePair("gpt-2", 100, 3), "gpt2", "gpt-2");
    CallForm form = CallForm.of(ToolDialect.TAGGED_JSON, TOOLS, plain, TokenTrie.of(plain));

    assertThat(
            lets(form, plain, "<tool_call>\n{\"name\": \"time\", \"arguments\": {}}\n</tool_call>"))
        .isTrue();
    assertThat(lets(form, plain, "{\"name\": \"time\", \"arguments\": {}}")).isFalse();
  }

  @Test
  void newMask_schemaThatRefersToItself_isReadFromItsOwnRoot() {
    assertThat(letsArguments(TREE, "{\"value\":1,\"next\":{\"value\":2}}")).isTrue();
    assertThat(letsArguments(TREE, "{\"value\":1,\"next\":{\"name\":\"tree\"}}")).isFalse();
    assertThat(letsArguments(DEFINED, "{\"city\":\"Oslo\"}")).isTrue();
    assertThat(letsArguments(DEFINED, "{\"city\":\"Rome\"}")).isFalse();
  }

  private static final String TREE =
      """
      {"type":"object","properties":{"value":{"type":"integer"},"next":{"$ref":"#"}},
      "required":["value"]}""";
  private static final String DEFINED =
      """
      {"type":"object","properties":{"city":{"$ref":"#/$defs/city"}},"required":["city"],
      "$defs":{"city":{"enum":["Oslo","Bergen"]}}}""";

  @ParameterizedTest
  @ValueSource(
      strings = {"{}", "true", "{\"type\":[\"object\",\"null\"]}", "{\"description\":\"x\"}"})
  void newMask_schemaThatNamesNoType_letsOnlyObjectsBeArguments(String schema) {
    assertThat(letsArguments(schema, "{\"any\":1}")).isTrue();
    assertThat(letsArguments(schema, "\"Oslo\"")).isFalse();
    assertThat(letsArguments(schema, "null")).isFalse();
  }

  private static boolean letsArguments(String schema, String arguments) {
    List<ToolSpec> tool = List.of(new ToolSpec("f", "does", schema));
    CallForm form = CallForm.of(ToolDialect.BARE_JSON, tool, TOKENIZER, TRIE);
    return lets(form, TOKENIZER, "{\"name\":\"f\",\"parameters\":" + arguments + "}");
  }

  private static boolean lets(CallForm form, Tokenizer tokenizer, String text) {
    TokenMask mask = form.newMask();
    for (int token : tokenizer.encode(text, /* parseSpecial= */ false)) {
      if (!mask.allowed().contains(token)) {
        return false;
      }
      mask.accept(token);
    }
    return mask.mayEnd();
  }

  /** Draws tokens until the form is whole; every fourth time what ends a string or an object. */
  private static String draw(TokenMask mask, SplittableRandom random) {
    var written = new StringBuilder();
    List<String> pieces = TOKENIZER.vocabulary().pieces();
    for (int i = 0; i < 3_000 && !(mask.mayEnd() && mask.allowed().size() == 0); i++) {
      TokenSet allowed = mask.allowed();
      if (mask.mayEnd() && random.nextInt(4) == 0) {
        break;
      }
      int id = random.nextInt(4) == 0 ? closing(pieces, allowed) : random.nextInt(pieces.size());
      while (!allowed.contains(id)) {
        id = (id + 1) % pieces.size();
      }
      mask.accept(id);
      boolean marker = TOKENIZER.vocabulary().kinds().get(id) == Kind.CONTROL;
      written.append(
          marker ? pieces.get(id) : new String(TOKENIZER.bytes(id), StandardCharsets.UTF_8));
    }
    assertThat(mask.mayEnd()).as("ended: %s", written).isTrue();
    return written.toString();
  }

  private static int closing(List<String> pieces, TokenSet allowed) {
    return Stream.of("\"", "}", "]")
        .map(pieces::indexOf)
        .filter(id -> id >= 0 && allowed.contains(id))
        .findFirst()
        .orElse(0);
  }
}
