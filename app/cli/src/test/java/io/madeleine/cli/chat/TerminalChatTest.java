package io.madeleine.cli.chat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.ConversationConfig;
import io.madeleine.conversation.ConversationFactory;
import io.madeleine.conversation.ConversationSetup;
import io.madeleine.conversation.TurnListener;
import io.madeleine.conversation.mind.AnswerOptions;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.testing.model.TinyModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A person who types, through a terminal that turns Ctrl-C into a signal as a real one does. */
final class TerminalChatTest {

  private static final int PATIENCE_MILLIS = 60_000;
  private static final String CTRL_C = "\u0003";
  private static final String CTRL_D = "\u0004";
  private static final String CTRL_P = "\u0010";
  private static final String CTRL_U = "\u0015";
  private static final ConversationKey KEY = ConversationKey.of("ann", "tea");
  private static final AnswerOptions BRIEFLY = AnswerOptions.DEFAULT.maxTokens(4);

  private final Path directory;
  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private PipedOutputStream keyboard = new PipedOutputStream();

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
  private EpisodicConversations open() {
    return EpisodicConversations.open(model(), config());
  }

  private Path model() {
    return TinyModel.SUPER_BLOCKS.writeTo(directory.resolve("tiny.gguf"));
  }

  private ConversationConfig config() {
    return ConversationConfig.builder(data())
        .engine(new EngineOptions(1, /* warmUp= */ false))
        .kvBytes(64 << 20)
        .build();
  }

  private Path data() {
    return directory.resolve("data");
  }

  private CompletableFuture<Integer> chat(EpisodicConversations conversations, Terminal terminal) {
    return chat(conversations, terminal, AnswerOptions.DEFAULT.maxTokens(1900));
  }

  private CompletableFuture<Integer> chat(
      EpisodicConversations conversations, Terminal terminal, AnswerOptions options) {
    var session = new ChatSession(conversations, data(), KEY, List.of(), options);
    return CompletableFuture.supplyAsync(() -> new TerminalChat(session).run(terminal));
  }

  @Test
  void run_ctrlC_stopsTheAnswerAndNotTheProgram() throws Exception {
    try (EpisodicConversations conversations = open();
        var terminal = terminal()) {
      CompletableFuture<Integer> status = chat(conversations, terminal);
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
    }
  }

  @Test
  void run_anotherDay_findsWhatWasTypedInTheHistory() throws Exception {
    talk("hello there\r", CTRL_D);
    assertThat(data().resolve("history")).isNotEmptyDirectory();
    assertThat(filesThatContain("hello there"))
        .allMatch(file -> file.contains("history") || file.contains("index"));

    try (EpisodicConversations conversations = open();
        var terminal = terminal()) {
      CompletableFuture<Integer> status = chat(conversations, terminal, BRIEFLY);
      awaitOnScreen("> ");
      type(CTRL_P);
      awaitOnScreen("hello there");
      type(CTRL_U + CTRL_D);
      assertThat(status.get(1, TimeUnit.MINUTES)).isZero();
    }
  }

  @Test
  void run_lineThatBeginsWithAPath_isSaid() throws Exception {
    talk("/etc/hosts is full, why?\r", CTRL_D);

    try (EpisodicConversations conversations = open()) {
      assertThat(conversations.history().size(KEY)).isOne();
    }
  }

  @Test
  void run_commandThatFails_isToldAndTheChatGoesOn() throws Exception {
    talk("hello there\r", CTRL_D);
    try (EpisodicConversations conversations = open();
        var terminal = terminal()) {
      conversations
          .conversation(KEY)
          .instruct(List.of(new ChatMessage.System("count grey boats. ".repeat(400))));
      CompletableFuture<Integer> status = chat(conversations, terminal, BRIEFLY);
      awaitOnScreen("> ");
      type("/episodes\r");
      awaitOnScreen("shorten it by");
      type("/stats\r");
      awaitOnScreen("1 turns in this conversation");
      type(CTRL_D);
      assertThat(status.get(1, TimeUnit.MINUTES)).isZero();
    }
  }

  @Test
  void run_forget_leavesNothingOfTheConversationInMemoryOrOnDisk() throws Exception {
    try (var plain = ConversationFactory.open(model(), config())) {
      var turn =
          plain
              .conversation(KEY, ConversationSetup.PLAIN)
              .say("my alarm code is 77315", TurnListener.NONE);
      assertThat(turn.logged()).isPresent();
    }
    talk("my alarm code is still 77315\r", CTRL_D);
    assertThat(snapshots()).hasSize(1);

    try (EpisodicConversations conversations = open();
        var terminal = terminal()) {
      CompletableFuture<Integer> status = chat(conversations, terminal, BRIEFLY);
      awaitOnScreen("> ");
      type("/forget\r");
      awaitOnScreen("/forget yes forgets all 2 turns of conversation 'tea'");
      assertThat(conversations.history().size(KEY)).isEqualTo(2);
      type("/forget yes\r");
      awaitOnScreen("2 turns are forgotten");
      awaitPromptBehind("2 turns are forgotten");
      type(CTRL_P.repeat(4) + CTRL_U + CTRL_D);
      assertThat(status.get(1, TimeUnit.MINUTES)).isZero();
      assertThat(conversations.history().size(KEY)).isZero();
    }
    assertThat(shown()).doesNotContain("77315");
    assertThat(filesThatContain("77315")).isEmpty();
    assertThat(snapshots()).isEmpty();
  }

  /** A whole chat, with a screen of its own. */
  private void talk(String... keys) throws Exception {
    try (EpisodicConversations conversations = open();
        var terminal = terminal()) {
      CompletableFuture<Integer> status = chat(conversations, terminal, BRIEFLY);
      for (String each : keys) {
        type(each);
      }
      assertThat(status.get(1, TimeUnit.MINUTES)).isZero();
    }
    screen.reset();
    keyboard = new PipedOutputStream();
  }

  private ExternalTerminal terminal() throws IOException {
    return new ExternalTerminal("test", "ansi", new PipedInputStream(keyboard), screen, UTF_8);
  }

  private List<Path> snapshots() throws IOException {
    try (Stream<Path> files = Files.walk(data().resolve("snapshots"))) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private List<String> filesThatContain(String text) throws IOException {
    try (Stream<Path> files = Files.walk(data())) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> contains(file, text))
          .map(Path::toString)
          .toList();
    }
  }

  private static boolean contains(Path file, String text) {
    try {
      return new String(Files.readAllBytes(file), ISO_8859_1).contains(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
