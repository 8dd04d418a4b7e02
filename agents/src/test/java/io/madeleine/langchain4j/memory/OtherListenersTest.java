package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.guardrail.OutputGuardrail;
import dev.langchain4j.guardrail.OutputGuardrailException;
import dev.langchain4j.guardrail.OutputGuardrailRequest;
import dev.langchain4j.guardrail.OutputGuardrailResult;
import dev.langchain4j.observability.api.AiServiceListenerRegistrar;
import dev.langchain4j.observability.api.DefaultAiServiceListenerRegistrar;
import dev.langchain4j.observability.api.listener.AiServiceStartedListener;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.spi.observability.AiServiceListenerRegistrarFactory;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.Tenant;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another library listens to AI services too; LangChain4j asks one factory for the registrar. */
final class OtherListenersTest {

  private static final List<String> HEARD = new CopyOnWriteArrayList<>();

  @TempDir Path directory;
  private TurnLog log;

  @BeforeEach
  void open() {
    HEARD.clear();
    log = TurnLog.open(directory.resolve("log"), Clock.systemUTC());
  }

  @AfterEach
  void close() {
    log.close();
  }

  /** Always gives the same registrar, as libraries with beans do. */
  public static final class Other implements AiServiceListenerRegistrarFactory {
    private static final AiServiceListenerRegistrar SHARED =
        new DefaultAiServiceListenerRegistrar();
    private static final AiServiceStartedListener LISTENER =
        event -> HEARD.add(event.userMessage().singleText());

    @Override
    public AiServiceListenerRegistrar get() {
      SHARED.register(LISTENER);
      return SHARED;
    }
  }

  /** Passes on to the first that is not its own, as ours does. */
  public static final class Polite implements AiServiceListenerRegistrarFactory {
    @Override
    public AiServiceListenerRegistrar get() {
      AiServiceListenerRegistrar registrar =
          ServiceLoader.load(AiServiceListenerRegistrarFactory.class).stream()
              .filter(factory -> factory.type() != Polite.class)
              .findFirst()
              .map(factory -> factory.get().get())
              .orElseGet(DefaultAiServiceListenerRegistrar::new);
      registrar.register(Other.LISTENER);
      return registrar;
    }
  }

  @Test
  void factoryThatPassesOnToOurs_bothHearAndAnAnswerIsTakenBackAlone() throws IOException {
    var memory =
        new EpisodicChatMemoryProvider(MemorySettings.of(log, new Tenant("acme"))).get("a");
    assistant(memory, "one.", Polite.class).chat("a", "one?");
    Assistant second = assistant(memory, "bad", Polite.class);
    assertThatThrownBy(() -> second.chat("a", "two?")).isInstanceOf(OutputGuardrailException.class);

    assertThat(HEARD).containsExactly("one?", "two?");
    assertThat(memory.messages()).containsExactly(UserMessage.from("one?"), AiMessage.from("one."));
  }

  @Test
  void factoryBehindOurs_bothHearAndAnAnswerIsTakenBackAlone() throws IOException {
    var memory =
        new EpisodicChatMemoryProvider(MemorySettings.of(log, new Tenant("acme"))).get("a");
    Assistant first = assistant(memory, "one.", Other.class);
    Assistant second = assistant(memory, "bad", Other.class);
    first.chat("a", "one?");
    assertThatThrownBy(() -> second.chat("a", "two?")).isInstanceOf(OutputGuardrailException.class);

    assertThat(HEARD).containsExactly("one?", "two?");
    assertThat(log.turns(memory.conversation())).hasSize(1);
    assertThat(memory.messages()).containsExactly(UserMessage.from("one?"), AiMessage.from("one."));
  }

  /** {@return one that is built where the other library's factory is found behind ours} */
  private Assistant assistant(
      EpisodicChatMemory memory,
      String answer,
      Class<? extends AiServiceListenerRegistrarFactory> other)
      throws IOException {
    Path services = Files.createDirectories(directory.resolve("META-INF/services"));
    String name = AiServiceListenerRegistrarFactory.class.getName();
    Files.writeString(services.resolve(name), other.getName());
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (var both = new URLClassLoader(new URL[] {directory.toUri().toURL()}, before)) {
      thread.setContextClassLoader(both);
      return AiServices.builder(Assistant.class)
          .chatModel(new ScriptedModel(AiMessage.from(answer)))
          .chatMemoryProvider(id -> memory)
          .outputGuardrails(new TakesBack())
          .build();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** Somebody who remembers. */
  interface Assistant {
    String chat(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);
  }

  private static final class TakesBack implements OutputGuardrail {
    @Override
    public OutputGuardrailResult validate(OutputGuardrailRequest request) {
      return request.responseFromLLM().aiMessage().text().equals("bad")
          ? fatalWithMessageRemoval("not like that")
          : success();
    }
  }
}
