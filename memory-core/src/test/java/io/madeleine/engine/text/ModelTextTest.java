package io.madeleine.engine.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.chat.ModelFamily;
import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.tokenizer.Vocabularies;
import io.madeleine.testing.model.TinyModel;
import io.madeleine.testing.model.WordsFile;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
  void encode_modelThatBeginsWithAToken_getsItOnce() {
    try (GgufFile file = GgufFile.open(TinyModel.MULTI_HEAD.writeTo(folder.resolve("tiny.gguf")))) {
      ModelText text = ModelText.of(file, Clock.systemUTC());

      assertThat(text.encode("hello")[0]).isOne();
      assertThat(text.encode("<s>hello")).isEqualTo(text.encode("hello"));
    }
  }
}
