package io.madeleine.cli.chat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.ConversationConfig;
import io.madeleine.conversation.mind.AnswerOptions;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.testing.model.TinyModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A script that talks: what it says, what it is told, and when it is over. */
final class PipeChatTest {

  private static final ConversationKey KEY = ConversationKey.of("ann", "tea");

  private final Path directory;
  private final EpisodicConversations conversations;
  private final ByteArrayOutputStream told = new ByteArrayOutputStream();

  PipeChatTest(@TempDir Path directory) {
    this.directory = directory;
    Path model = TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf"));
    var config =
        ConversationConfig.builder(directory.resolve("data"))
            .engine(new EngineOptions(1, /* warmUp= */ false))
            .kvBytes(64 << 20)
            .build();
    this.conversations = EpisodicConversations.open(model, config);
  }

  @AfterEach
  void close() {
    conversations.close();
  }

  @Test
  void run_nobodyReadsTheAnswers_saysNothingMore() throws IOException {
    assertThat(run("one\ntwo\nthree\n", new Gone())).isOne();
    assertThat(conversations.history().size(KEY)).isOne();
  }

  @Test
  void run_answerIsCut_saysSoOnStderr() throws IOException {
    var answers = new ByteArrayOutputStream();

    assertThat(run("hello\n", answers)).isZero();
    assertThat(told.toString(UTF_8)).contains("as long as it may be: --max-tokens");
    assertThat(answers.toString(UTF_8)).doesNotContain("--max-tokens");
  }

  @Test
  void run_misspelledCommand_isToldAndNotSaid() throws IOException {
    assertThat(run("/forgt yes\nhello\n", new ByteArrayOutputStream())).isOne();
    assertThat(told.toString(UTF_8)).contains("there is no /forgt; /help shows what there is");
    assertThat(session().said()).containsExactly("hello");
  }

  @Test
  void run_lineThatBeginsWithAPath_isSaid() throws IOException {
    assertThat(run("/etc/hosts is full, why?\n", new ByteArrayOutputStream())).isZero();
    assertThat(session().said()).containsExactly("/etc/hosts is full, why?");
  }

  @Test
  void run_commandThatFails_isToldAndTheNextIsDone() throws IOException {
    var said = new LoggedMessage(Instant.EPOCH, new ChatMessage.User("hello"));
    conversations.append(List.of(new TurnLog.Draft(KEY, List.of(said), Map.of())));
    conversations
        .conversation(KEY)
        .instruct(List.of(new ChatMessage.System("count grey boats. ".repeat(400))));

    assertThat(run("/episodes\n/stats\n", new ByteArrayOutputStream())).isOne();
    assertThat(told.toString(UTF_8)).contains("shorten it by", "1 turns in this conversation");
  }

  private int run(String lines, OutputStream answers) throws IOException {
    var out = new PrintStream(answers, /* autoFlush= */ false, UTF_8);
    var err = new PrintStream(told, /* autoFlush= */ true, UTF_8);
    return new PipeChat(session(), new StringReader(lines), out, err).run();
  }

  private ChatSession session() {
    return new ChatSession(
        conversations, directory, KEY, List.of(), AnswerOptions.DEFAULT.maxTokens(4));
  }

  /** What is left of a pipe when its reader is. */
  private static final class Gone extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      throw new IOException("Broken pipe");
    }
  }
}
