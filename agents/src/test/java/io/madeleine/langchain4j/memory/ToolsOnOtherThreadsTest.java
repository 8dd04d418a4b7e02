package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.UserMessage;
import io.madeleine.langchain4j.call.Calls;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.Tenant;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tools that run on threads of their own, and calls that are made inside others. */
@Timeout(60)
final class ToolsOnOtherThreadsTest {

  @TempDir Path directory;
  private TurnLog log;
  private EpisodicChatMemoryProvider memories;
  private ExecutorService threads;

  @BeforeEach
  void open() {
    log = TurnLog.open(directory, Clock.systemUTC());
    memories = new EpisodicChatMemoryProvider(MemorySettings.of(log, new Tenant("acme")));
    threads = Executors.newFixedThreadPool(1);
  }

  @AfterEach
  void close() {
    threads.close();
    log.close();
  }

  @Test
  void chat_insideATool_doesNotWaitForItself() throws Exception {
    var model =
        new ScriptedModel(
            ScriptedModel.call("nested", "plain"),
            AiMessage.from("inner answer"),
            AiMessage.from("outer answer"));
    var tools = new Tools();
    Assistant assistant =
        AiServices.builder(Assistant.class)
            .chatModel(model)
            .tools(tools)
            .chatMemoryProvider(memories)
            .executeToolsConcurrently(threads)
            .beforeToolExecution(Calls::toolBegins)
            .afterToolExecution(Calls::toolEnds)
            .build();
    tools.inside = () -> assistant.chat("a", "inner");

    assertThat(assistant.chat("a", "outer")).isEqualTo("outer answer");
    assertThat(questions()).containsExactly("inner", "outer");
    assertThat(threads.submit(Calls::here).get()).as("the pool's thread is free").isEmpty();
  }

  @Test
  void stream_insideATool_doesNotWaitForItself() throws Exception {
    var tools = new Tools();
    Assistant inner =
        AiServices.builder(Assistant.class)
            .chatModel(new ScriptedModel(AiMessage.from("inner answer")))
            .chatMemoryProvider(memories)
            .build();
    tools.inside = () -> inner.chat("a", "inner");
    Assistant assistant =
        AiServices.builder(Assistant.class)
            .streamingChatModel(new Streaming(ScriptedModel.call("nested")))
            .tools(tools)
            .chatMemoryProvider(memories)
            .executeToolsConcurrently(threads)
            .beforeToolExecution(Calls::toolBegins)
            .afterToolExecution(Calls::toolEnds)
            .build();
    var done = new CompletableFuture<ChatResponse>();
    assistant.stream("a", "outer")
        .onCompleteResponse(done::complete)
        .onError(done::completeExceptionally)
        .start();

    assertThat(done.get(20, TimeUnit.SECONDS).aiMessage().text()).isEqualTo("done");
    assertThat(questions()).containsExactly("inner", "outer");
  }

  @Test
  void chat_aCallInsideFailsBeforeItBegins_theThreadStillWorksForTheOuter() {
    Assistant broken =
        AiServices.builder(Assistant.class)
            .chatModel(new ScriptedModel())
            .chatMemoryProvider(
                id -> {
                  throw new IllegalStateException("no memory");
                })
            .build();
    Assistant assistant =
        AiServices.builder(Assistant.class)
            .chatModel(new ScriptedModel())
            .chatMemoryProvider(memories)
            .contentRetriever(
                query -> {
                  assertThatThrownBy(() -> broken.chat("b", "x")).hasMessage("no memory");
                  return List.of();
                })
            .build();

    assertThatThrownBy(() -> assistant.chat("a", "one")).hasMessage("no answer left");
    assertThat(memories.get("a").messages()).as("the failed call's turn is dropped").isEmpty();
    assertThat(Calls.here()).isEmpty();
  }

  /** Somebody who remembers. */
  interface Assistant {
    String chat(@MemoryId String id, @UserMessage String text);

    TokenStream stream(@MemoryId String id, @UserMessage String text);
  }

  /** What the assistant can do. */
  static final class Tools {
    private Runnable inside = () -> {};

    @Tool
    String nested() {
      inside.run();
      return "done";
    }

    @Tool
    String plain() {
      return "done";
    }
  }

  private List<String> questions() {
    return log.turns(memories.get("a").conversation()).stream()
        .map(turn -> turn.messages().getFirst().body().text())
        .toList();
  }

  /** Calls its tools, and then says that it is done. */
  private record Streaming(AiMessage call) implements StreamingChatModel {
    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
      boolean first =
          request.messages().getLast() instanceof dev.langchain4j.data.message.UserMessage;
      AiMessage said = first ? call : AiMessage.from("done");
      for (int i = 0; i < said.toolExecutionRequests().size(); i++) {
        handler.onCompleteToolCall(new CompleteToolCall(i, said.toolExecutionRequests().get(i)));
      }
      handler.onCompleteResponse(ChatResponse.builder().aiMessage(said).build());
    }
  }
}
