package io.madeleine.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.Turn.Origin;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What conversations take that were silent long ago does not grow with their number. */
final class ManyConversationsTest {

  private final Path directory;

  ManyConversationsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void conversation_manyThatNobodyHolds_takeNoMemory() {
    Path model = TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf"));
    var config =
        ConversationConfig.builder(directory.resolve("data"))
            .engine(new EngineOptions(1, /* warmUp= */ false))
            .kvBytes(64 << 20)
            .build();
    try (var factory = ConversationFactory.open(model, config)) {
      say(factory, 0);
      Conversation held = conversation(factory, 1);
      for (int number = 2; number < 2_000; number++) {
        conversation(factory, number);
      }
      collect(factory, 2);
      assertThat(factory.begun().size()).isEqualTo(2);
      assertThat(conversation(factory, 1)).isSameAs(held);
      assertThat(say(factory, 0).keysAndValues()).isEqualTo(Origin.MEMORY);

      assertThat(factory.makeRoom()).isTrue();
      collect(factory, 1);
      assertThat(factory.begun().find(key(0))).isEmpty();
      assertThat(factory.begun().find(key(1))).containsSame(held);
      assertThat(say(factory, 0).keysAndValues()).isEqualTo(Origin.SNAPSHOT);
    }
  }

  private static void collect(ConversationFactory factory, int left) {
    for (int round = 0; round < 100 && factory.begun().size() > left; round++) {
      System.gc();
    }
  }

  private static Conversation conversation(ConversationFactory factory, int number) {
    return factory.conversation(key(number), ConversationSetup.PLAIN);
  }

  private static ConversationKey key(int number) {
    return ConversationKey.of("ann", "number " + number);
  }

  private static Turn say(ConversationFactory factory, int number) {
    return conversation(factory, number)
        .say("hello", TurnOptions.DEFAULT.maxTokens(4), TurnListener.NONE);
  }
}
