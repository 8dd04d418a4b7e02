package io.madeleine.engine.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.chat.ModelFamily;
import io.madeleine.engine.chat.ToolDialect;
import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.gguf.GgufType;
import io.madeleine.engine.gguf.GgufWriter;
import io.madeleine.engine.tensor.ElementType;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.engine.token.Vocabulary;
import io.madeleine.engine.token.Vocabulary.Kind;
import io.madeleine.engine.tokenizer.Tokenizers;
import io.madeleine.engine.tokenizer.Vocabularies;
import io.madeleine.testing.model.SpokenTemplates;
import io.madeleine.testing.model.TinyModel;
import io.madeleine.testing.model.TinyVocabulary;
import io.madeleine.testing.model.WordsFile;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ModelTextTest {
  @TempDir Path folder;

  @Test
  void of_fileWithATemplate_usesIt() {
    try (GgufFile file = GgufFile.open(TinyModel.GROUPED.writeTo(folder.resolve("tiny.gguf")))) {
      ModelText text = ModelText.of(file, Clock.systemUTC());

      int[] prompt = text.prompt(List.of(new ChatMessage.User("hello")), List.of(), true);

      List<String> pieces = text.tokenizer().vocabulary().pieces();
      assertThat(pieces.get(prompt[0])).isEqualTo("<|im_start|>");
      assertThat(text.tokenizer().decode(prompt)).isEqualTo("user\nhello\nassistant\n");
      assertThat(text.family()).isEqualTo(ModelFamily.CHATML);
      assertThat(text.stopIds()).contains(pieces.indexOf("<|im_end|>"));
    }
  }

  @Test
  void of_fileWithoutATemplate_fallsBackToItsFamily() {
    Path path =
        WordsFile.write(
            folder.resolve("words.gguf"), Vocabularies.sentencePiece(500, true, 1), "llama", "x");
    try (GgufFile file = GgufFile.open(path)) {
      ModelText text = ModelText.of(file, Clock.systemUTC());

      assertThat(text.template().render(List.of(new ChatMessage.User("hi")), List.of(), true))
          .isEqualTo("<s>[INST] hi [/INST]");
      assertThat(text.encode("<s>hi")).startsWith(1).doesNotHaveDuplicates();
    }
  }

  @Test
  void fingerprint_otherWeights_isTheSameAndWhatDecidesTheIdsTellsModelsApart() {
    var tiny = TinyModel.GROUPED;
    String known = fingerprint(tiny.writer());

    assertThat(fingerprint(tiny.withSeed(7).with(ElementType.Q8_0).writer())).isEqualTo(known);
    assertThat(fingerprint(tiny.writer().integer("tokenizer.ggml.padding_token_id", 1)))
        .isEqualTo(known);
    assertThat(
            List.of(
                fingerprint(tiny.with(TinyVocabulary.SENTENCE_PIECE).writer()),
                fingerprint(tiny.writer().string("tokenizer.chat_template", "other")),
                fingerprint(tiny.writer().string("tokenizer.ggml.pre", "qwen2")),
                fingerprint(tiny.writer().flag("tokenizer.ggml.add_bos_token", true))))
        .doesNotHaveDuplicates()
        .doesNotContain(known);
  }

  private String fingerprint(GgufWriter writer) {
    Path path = folder.resolve("told-apart.gguf");
    writer.writeTo(path);
    try (GgufFile file = GgufFile.open(path)) {
      return ModelText.of(file, Clock.systemUTC()).fingerprint();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"NORMAL", "USER_DEFINED", "CONTROL"})
  void prompt_fileThatCallsItsTurnMarkersWords_hasThemWhereTurnsAreAndNowhereElse(Kind kind) {
    var ours = Vocabularies.bytePair("gpt-2", 200, 3);
    var theirs = Vocabularies.sentencePiece(500, true, 1);
    String[] markers = {"<|im_start|>", "<|im_end|>"};
    check(Vocabularies.with(ours, kind, markers), "gpt2", "gpt-2", markers);
    check(Vocabularies.with(theirs, kind, markers), "llama", "x", markers);
    String[] turns = {"<start_of_turn>", "<end_of_turn>"};
    check(Vocabularies.with(theirs, kind, turns), "llama", "x", turns);
  }

  private void check(Vocabulary vocabulary, String model, String pre, String... markers) {
    Path path = WordsFile.write(folder.resolve("words.gguf"), vocabulary, model, pre);
    try (GgufFile file = GgufFile.open(path)) {
      ModelText text = ModelText.of(file, Clock.systemUTC());
      int start = vocabulary.pieces().indexOf(markers[0]);
      int end = vocabulary.pieces().indexOf(markers[1]);
      String said = "a" + markers[1] + "b" + markers[0];

      assertThat(text.tokenizer().encode(said, false)).doesNotContain(start, end);
      int[] prompt = text.prompt(List.of(new ChatMessage.User(said)), List.of(), true);
      assertThat(IntStream.of(prompt).filter(id -> id == start)).hasSize(2);
      assertThat(IntStream.of(prompt).filter(id -> id == end)).hasSize(1);
      assertThat(text.tokenizer().decode(prompt)).contains(said);
      assertThat(text.stopIds()).contains(end);
    }
  }

  /** Gemma's HTML tags are user-defined tokens. */
  @Test
  void stopIds_endOfALineStruckThrough_isNoEnd() {
    String[] turns = {"<end_of_turn>", "<start_of_turn>", "<eos>"};
    Vocabulary plain = Vocabularies.sentencePiece(500, /* spaceFirst= */ true, 1);
    Vocabulary gemma =
        Vocabularies.with(
            Vocabularies.with(plain, Kind.CONTROL, turns), Kind.USER_DEFINED, "<s>", "</s>");
    List<String> pieces = gemma.pieces();
    var eos = Map.of("tokenizer.ggml.eos_token_id", (long) pieces.indexOf("<eos>"));

    assertThat(stopIds(gemma, eos))
        .containsExactlyInAnyOrder(pieces.indexOf("<end_of_turn>"), pieces.indexOf("<eos>"));
  }

  /** What ends a turn or an answer in one family or another, and what its files call it. */
  @ParameterizedTest
  @CsvSource({
    "<|im_end|>, CONTROL, true",
    "<|im_end|>, USER_DEFINED, true",
    "<|eot_id|>, NORMAL, true",
    "<|eom_id|>, USER_DEFINED, true",
    "<end_of_turn>, USER_DEFINED, true",
    "<|end|>, USER_DEFINED, true",
    "<|eot|>, CONTROL, true",
    "<|endoftext|>, USER_DEFINED, true",
    "<|end_of_text|>, NORMAL, true",
    "</s>, CONTROL, true",
    "</s>, USER_DEFINED, false",
    "</s>, NORMAL, false"
  })
  void stopIds_endOfAnyFamily_isOneWhateverTheFileCallsIt(String end, Kind kind, boolean ends) {
    Vocabulary plain = Vocabularies.sentencePiece(500, /* spaceFirst= */ true, 1);
    Vocabulary words = Vocabularies.with(plain, kind, end);
    int id = words.pieces().indexOf(end);

    assertThat(stopIds(words, Map.of("tokenizer.ggml.eos_token_id", 1L)).contains(id))
        .isEqualTo(ends);
    assertThat(stopIds(words, Map.of("tokenizer.ggml.eos_token_id", (long) id))).contains(id);
  }

  private Set<Integer> stopIds(Vocabulary vocabulary, Map<String, Long> ids) {
    try (GgufFile file = withIds(vocabulary, GgufType.UINT32, ids)) {
      return ModelText.of(file, Clock.systemUTC()).stopIds();
    }
  }

  private GgufFile withIds(Vocabulary vocabulary, GgufType type, Map<String, Long> ids) {
    Path whole = WordsFile.write(folder.resolve("whole.gguf"), vocabulary, "llama", "x");
    Path path = folder.resolve("ids.gguf");
    try (GgufFile words = GgufFile.open(whole)) {
      var writer = new GgufWriter().metadata(words.metadata());
      ids.forEach((key, id) -> writer.number(key, type, id));
      writer.writeTo(path);
    }
    return GgufFile.open(path);
  }

  @ParameterizedTest
  @CsvSource({"UINT32, 4294967295", "INT32, -1", "UINT32, 100000", "UINT64, -1"})
  void of_specialIdOutOfRange_isAsIfItWereMissing(GgufType type, long id) {
    Vocabulary plain = Vocabularies.sentencePiece(500, /* spaceFirst= */ true, 1);
    Map<String, Long> ids =
        Stream.of("bos", "eos", "eot", "unknown", "padding")
            .collect(Collectors.toMap(name -> "tokenizer.ggml." + name + "_token_id", n -> id));

    try (GgufFile file = withIds(plain, type, ids)) {
      ModelText text = ModelText.of(file, Clock.systemUTC());

      Vocabulary.SpecialIds special = text.tokenizer().vocabulary().special();
      assertThat(special.begin()).isEmpty();
      assertThat(special.end()).isEmpty();
      assertThat(special.pad()).isEmpty();
      assertThat(text.stopIds()).containsExactly(plain.pieces().indexOf("</s>"));
    }
    Vocabulary endless = Vocabularies.with(plain, Kind.NORMAL, "</s>");
    try (GgufFile file = withIds(endless, type, ids)) {
      assertThatThrownBy(() -> ModelText.of(file, Clock.systemUTC()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("ids.gguf", "eos_token_id", "no answer would end");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tokenizer.ggml.merges", "tokenizer.ggml.pre"})
  void of_bytePairsWithoutWhatDecidesThem_isRefused(String key) {
    Path path = folder.resolve("less.gguf");
    try (GgufFile whole = GgufFile.open(TinyModel.GROUPED.writeTo(folder.resolve("tiny.gguf")))) {
      new GgufWriter()
          .string("tokenizer.ggml.model", "gpt2")
          .string(key.endsWith("pre") ? "unrelated" : "tokenizer.ggml.pre", "qwen2")
          .strings("tokenizer.ggml.tokens", whole.metadata().strings("tokenizer.ggml.tokens"))
          .strings(key.endsWith("merges") ? "unrelated" : "tokenizer.ggml.merges", List.of("a b"))
          .writeTo(path);
    }
    try (GgufFile file = GgufFile.open(path)) {
      assertThatThrownBy(() -> ModelText.of(file, Clock.systemUTC()))
          .hasMessageContainingAll("less.gguf", key, "missing");
    }
  }

  @Test
  void hearsOfTools_templateThatNeverMentionsThem_doesNot() {
    for (String deaf : List.of("chatml", "gemma3", "llama2", "phi3")) {
      assertThat(heard(deaf)).as(deaf).isFalse();
    }
    for (String hearing : List.of("llama3", "mistral", "qwen25", "qwen3", "smollm3")) {
      assertThat(heard(hearing)).as(hearing).isTrue();
    }
  }

  @Test
  void dialect_fileWithATemplate_isThatOfTheTemplate() {
    try (GgufFile mistral = spoken("mistral");
        GgufFile qwen = spoken("qwen3")) {
      assertThat(ModelText.of(mistral, Clock.systemUTC()).dialect()).isEqualTo(ToolDialect.MISTRAL);
      assertThat(ModelText.of(qwen, Clock.systemUTC()).dialect())
          .isEqualTo(ToolDialect.TAGGED_JSON);
    }
  }

  @Test
  void dialect_templateOfAnotherFamilysWords_isThatOfTheTemplate() {
    assertThat(dialect("plain words")).isEqualTo(ToolDialect.BARE_JSON);
    assertThat(dialect("calls stand in <tool_call> tags")).isEqualTo(ToolDialect.TAGGED_JSON);
    assertThat(dialect("[TOOL_CALLS] and a list")).isEqualTo(ToolDialect.MISTRAL);
  }

  private static ToolDialect dialect(String template) {
    ModelFamily family = ModelFamily.of("llama", Set.of("<|start_header_id|>"), template);
    return ToolDialect.of(family, template);
  }

  private boolean heard(String template) {
    try (GgufFile file = spoken(template)) {
      return ModelText.of(file, Clock.systemUTC()).hearsOfTools();
    }
  }

  private GgufFile spoken(String template) {
    Path path = folder.resolve(template + ".gguf");
    TinyModel.GROUPED
        .writer()
        .string("tokenizer.chat_template", SpokenTemplates.source(template))
        .writeTo(path);
    return GgufFile.open(path);
  }

  @Test
  void of_thinkingOff_endsThePromptBehindIt() {
    assertThat(prompt("qwen3", Thinking.OFF))
        .endsWith("<|im_start|>assistant\n<think>\n\n</think>\n\n");
    assertThat(prompt("qwen3", Thinking.AUTO))
        .endsWith("<|im_start|>assistant\n")
        .isEqualTo(prompt("qwen3", Thinking.ON));
    assertThat(prompt("smollm3", Thinking.OFF)).endsWith("<think>\n\n</think>\n");
    assertThat(prompt("smollm3", Thinking.AUTO)).isEqualTo(prompt("smollm3", Thinking.ON));
    assertThat(prompt("gemma3", Thinking.OFF)).isEqualTo(prompt("gemma3", Thinking.AUTO));
  }

  private String prompt(String template, Thinking thinking) {
    try (GgufFile file = spoken(template)) {
      return ModelText.of(file, Clock.fixed(Instant.EPOCH, ZoneOffset.UTC), thinking)
          .template()
          .render(List.of(new ChatMessage.User("hello")), List.of(), true);
    }
  }

  @Test
  void fingerprint_ofPhi3_isAnotherBecauseItStripsSpaces() {
    Vocabulary words = Vocabularies.sentencePiece(500, true, 1);
    String name = "Phi 3.5 Mini Instruct";
    Path phi3 = WordsFile.write(folder.resolve("phi3.gguf"), words, "llama", "x", name);
    Path other = WordsFile.write(folder.resolve("other.gguf"), words, "llama", "x");
    try (GgufFile one = GgufFile.open(phi3);
        GgufFile two = GgufFile.open(other)) {
      ModelText stripping = ModelText.of(one, Clock.systemUTC());
      ModelText keeping = ModelText.of(two, Clock.systemUTC());

      assertThat(stripping.tokenizer().encode("</s>\n a", true))
          .isEqualTo(stripping.tokenizer().encode("</s>a", true));
      assertThat(keeping.tokenizer().encode("</s>\n a", true))
          .isNotEqualTo(keeping.tokenizer().encode("</s>a", true));
      assertThat(stripping.fingerprint()).isNotEqualTo(keeping.fingerprint());
    }
  }

  @Test
  void encode_modelThatBeginsWithAToken_getsItOnce() {
    try (GgufFile file = GgufFile.open(TinyModel.MULTI_HEAD.writeTo(folder.resolve("tiny.gguf")))) {
      ModelText text = ModelText.of(file, Clock.systemUTC());

      assertThat(text.encode("hello")[0]).isOne();
      assertThat(text.encode("<s>hello")).isEqualTo(text.encode("hello"));
    }
  }

  @Test
  void callMarker_ofAModelThatCallsInBareJson_isNone() {
    Vocabulary plain = Vocabularies.bytePair("gpt-2", 300, 3);
    var pieces = new ArrayList<>(plain.pieces());
    var kinds = new ArrayList<>(plain.kinds());
    for (String marker : List.of("<tool_call>", "<|python_tag|>")) {
      pieces.add(marker);
      kinds.add(Vocabulary.Kind.CONTROL);
    }
    Tokenizer tokenizer =
        Tokenizers.of(
            new Vocabulary(pieces, kinds, plain.scores(), plain.merges(), plain.special()),
            "gpt2",
            "gpt-2");

    assertThat(words(tokenizer, ModelFamily.CHATML).callMarker())
        .hasValue(pieces.indexOf("<tool_call>"));
    assertThat(words(tokenizer, ModelFamily.LLAMA3).callMarker()).isEmpty();
    assertThat(words(tokenizer, ModelFamily.MISTRAL).callMarker()).isEmpty();
  }

  private static ModelText words(Tokenizer tokenizer, ModelFamily family) {
    return new ModelText(
        tokenizer, (messages, tools, open) -> "", family, family.tools(), Set.of(), "known");
  }
}
