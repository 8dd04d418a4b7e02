package io.madeleine.cli.chat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.ConversationConfig;
import io.madeleine.conversation.ConversationFactory;
import io.madeleine.conversation.ConversationSetup;
import io.madeleine.conversation.TurnOptions;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.testing.model.TinyModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A person who types, through a terminal that turns Ctrl-C into a signal as a real one does. */
final class TerminalChatTest {

  private static final int PATIENCE_MILLIS = 60_000;
  private static final String CTRL_C = "\u0003";
  private static final String CTRL_D = "\u0004";
  private static final ConversationKey KEY = ConversationKey.of("ann", "tea");

  private final Path directory;
  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private final PipedOutputStream keyboard = new PipedOutputStream();

  TerminalChatTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private void type(String keys) throws IOException {
    keyboard.write(keys.getBytes(UTF_8));
    keyboard.flush();
  }

  private void awaitMoreOnScreen(int bytes) throws InterruptedException {
    int enough = screen.size() + bytes;
    for (int waited = 0; waited < PATIENCE_MILLIS && screen.size() < enough; waited += 10) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
    assertThat(screen.size()).isGreaterThanOrEqualTo(enough);
  }

  private void awaitOnScreen(String text) throws InterruptedException {
    for (int waited = 0; waited < PATIENCE_MILLIS && !shown().contains(text); waited += 10) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
    assertThat(shown()).contains(text);
  }

  private void awaitPromptBehind(String text) throws InterruptedException {
    for (int waited = 0; waited < PATIENCE_MILLIS && !promptsBehind(text); waited += 10) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
    assertThat(promptsBehind(text)).as(shown()).isTrue();
  }

  private boolean promptsBehind(String text) {
    return shown().indexOf("> ", shown().indexOf(text)) >= 0;
  }

  private String shown() {
    return screen.toString(UTF_8);
  }

  /** A model that says random pieces until it is stopped. */
  private ConversationFactory open() {
    Path model = TinyModel.SUPER_BLOCKS.writeTo(directory.resolve("tiny.gguf"));
    var config =
        ConversationConfig.builder(directory.resolve("data"))
            .engine(new EngineOptions(1, /* warmUp= */ false))
            .kvBytes(64 << 20)
            .build();
    return ConversationFactory.open(model, config);
  }

  private CompletableFuture<Integer> chat(ConversationFactory factory, Terminal terminal) {
    var session =
        new ChatSession(factory, KEY, ConversationSetup.PLAIN, TurnOptions.DEFAULT.maxTokens(1900));
    return CompletableFuture.supplyAsync(
        () -> new TerminalChat(session, directory.resolve("lines")).run(terminal));
  }

  @Test
  void run_ctrlC_stopsTheAnswerAndNotTheProgram() throws Exception {
    try (ConversationFactory factory = open();
        var terminal =
            new ExternalTerminal("test", "ansi", new PipedInputStream(keyboard), screen, UTF_8)) {
      CompletableFuture<Integer> status = chat(factory, terminal);
      awaitOnScreen("> ");
      type("hello there\r");
      awaitMoreOnScreen(300); // what was typed, and some of the answer
      type(CTRL_C);
      awaitOnScreen("[stopped; ");
      awaitPromptBehind("[stopped; "); // before it nobody reads, and the signal goes to nobody

      type(CTRL_C);
      awaitOnScreen("/quit or Ctrl-D leaves.");
      type("/nonsense\r");
      awaitOnScreen("there is no /nonsense");
      type("/stats\r");
      awaitOnScreen("in this conversation");
      type(CTRL_D);
      assertThat(status.get(1, TimeUnit.MINUTES)).isZero();
      assertThat(Files.readString(directory.resolve("lines"))).contains("hello there");
    }
  }
}
