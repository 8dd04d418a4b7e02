package io.madeleine.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.text.Thinking;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.testing.model.SpokenTemplates;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ThinkingTest {

  @TempDir private Path directory;

  @Test
  void open_thinkingOff_reachesTheTemplate() {
    assertThat(prompt(Thinking.OFF)).endsWith("<think>\n\n</think>\n\n");
    assertThat(prompt(Thinking.AUTO)).endsWith("<|im_start|>assistant\n");
  }

  private String prompt(Thinking thinking) {
    Path file = directory.resolve("qwen.gguf");
    TinyModel.GROUPED
        .writer()
        .string("tokenizer.chat_template", SpokenTemplates.source("qwen3"))
        .writeTo(file);
    var config =
        ConversationConfig.builder(directory.resolve(thinking.name()))
            .engine(new EngineOptions(1, /* warmUp= */ false))
            .thinking(thinking)
            .build();
    try (var factory = ConversationFactory.open(file, config)) {
      return factory.writer().text(List.of(new ChatMessage.User("hello")), List.of());
    }
  }
}
