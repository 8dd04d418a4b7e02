package io.madeleine.tour;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.UserMessage;
import io.madeleine.langchain4j.memory.EpisodicChatMemoryProvider;
import io.madeleine.langchain4j.memory.MemorySettings;
import io.madeleine.langchain4j.memory.Recollection;
import io.madeleine.langchain4j.memory.Recollections;
import io.madeleine.langchain4j.memory.Window;
import io.madeleine.langchain4j.retrieval.EpisodicRetrievalAugmentor;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.recall.MemoryOptions;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;

/**
 * LangChain4j with a memory on the turn log, for any OpenAI-compatible endpoint: {@code ./madeleine
 * serve}, llama-server, or a hosted one.
 *
 * <p>The memory shows the newest turns, the augmentor what the question needs of all the others. An
 * AI service reads its memory before it adds the question, so it wants both.
 */
final class AnyModelRemembers implements Example {

  /** Turns that the model sees: so few that the sister is out of sight when she is asked for. */
  private static final int SEEN = 2;

  private static final List<String> SAID =
      List.of(
          "My sister is called Zelandra.",
          "I love ramen.",
          "I play the cello.",
          "What is my sister called?");

  /** What the AI service can do. */
  interface Assistant {
    String chat(@MemoryId String conversation, @UserMessage String text);
  }

  @Override
  public String name() {
    return "langchain4j";
  }

  @Override
  public String about() {
    return "a LangChain4j AI service whose memory survives restarts (wants ./madeleine serve running)";
  }

  @Override
  public void run(Path data, PrintStream out) {
    ChatModel model =
        OpenAiChatModel.builder()
            .baseUrl("http://localhost:8080/v1")
            .apiKey("none")
            .modelName("default")
            .temperature(0.0)
            .build();
    run(model, data, out);
  }

  static void run(ChatModel model, Path data, PrintStream out) {
    var acme = new Tenant("acme");
    Clock clock = Clock.systemUTC();
    try (var memory = Memory.open(data, clock, MemoryOptions.DEFAULT)) {
      Recollection recall = Recollections.beyond(SEEN, memory, 1_024, clock, ZoneOffset.UTC);
      var settings =
          MemorySettings.of(memory.log(), acme).with(new Window.Turns(SEEN)).with(recall);
      Assistant assistant =
          AiServices.builder(Assistant.class)
              .chatModel(model)
              .chatMemoryProvider(new EpisodicChatMemoryProvider(settings))
              .retrievalAugmentor(new EpisodicRetrievalAugmentor(acme, recall))
              .build();
      for (String text : SAID) {
        out.println(assistant.chat("ada", text));
      }
    }
  }
}
