package io.madeleine.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.grammar.JsonForm;
import io.madeleine.engine.grammar.TokenTrie;
import io.madeleine.engine.json.Json;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.text.Thinking;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.testing.model.SpokenTemplates;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ThinkingTest {

  @TempDir private Path directory;

  @Test
  void open_thinkingOff_reachesTheTemplate() {
    assertThat(prompt(Thinking.OFF)).endsWith("<think>\n\n</think>\n\n");
    assertThat(prompt(Thinking.AUTO)).endsWith("<|im_start|>assistant\n");
  }

  @Test
  void say_formBehindAPromptThatOpensReasoning_isTheAnswer() {
    Path file = directory.resolve("reasons.gguf");
    TinyModel.GROUPED
        .writer()
        .string("tokenizer.chat_template", SpokenTemplates.REASONING)
        .writeTo(file);
    var config =
        ConversationConfig.builder(directory.resolve("forms"))
            .engine(new EngineOptions(1, /* warmUp= */ false))
            .build();
    try (var factory = ConversationFactory.open(file, config)) {
      Tokenizer tokenizer = factory.model().words().tokenizer();
      JsonForm form =
          JsonForm.of(Json.parse("{\"enum\":[\"yes\"]}"), tokenizer, TokenTrie.of(tokenizer));
      Conversation conversation =
          factory.conversation(ConversationKey.of("ann", "tea"), ConversationSetup.PLAIN);

      for (String said : List.of("hello", "and now")) {
        var options =
            new TurnOptions(
                SamplingOptions.GREEDY,
                40,
                List.of(),
                List.of(),
                Optional.of(form.newMask()),
                TurnOptions.OnCancel.KEEP);

        assertThat(conversation.say(said, options, TurnListener.NONE).answer())
            .isEqualTo("\"yes\"");
      }
    }
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
