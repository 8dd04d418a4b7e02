package io.madeleine.tour;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.UserMessage;
import io.madeleine.langchain4j.memory.EpisodicChatMemoryProvider;
import io.madeleine.langchain4j.memory.MemorySettings;
import io.madeleine.langchain4j.memory.Window;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.Tenant;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;

/**
 * LangChain4j with a memory on the turn log, for any OpenAI-compatible endpoint: {@code ./madeleine
 * serve}, llama-server, or a hosted one.
 */
final class AnyModelRemembers implements Example {

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
    try (var log = TurnLog.open(data.resolve("history"), Clock.systemUTC())) {
      Assistant assistant =
          AiServices.builder(Assistant.class)
              .chatModel(model)
              .chatMemoryProvider(
                  new EpisodicChatMemoryProvider(
                      MemorySettings.of(log, new Tenant("acme")).with(new Window.Turns(20))))
              .build();
      out.println(assistant.chat("ada", "I have a parrot called Mopsel."));
      out.println(assistant.chat("ada", "What is my parrot called?"));
    }
  }
}
