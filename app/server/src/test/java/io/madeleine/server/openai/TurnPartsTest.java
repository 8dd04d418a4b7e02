package io.madeleine.server.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.conversation.mind.EpisodicTurn;
import io.madeleine.server.compute.Computing;
import io.madeleine.server.events.EventStream;
import io.madeleine.server.openai.protocol.ChatRequestReader;
import io.madeleine.server.openai.protocol.OpenAiException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.json.JsonMapper;

/** A remembered turn and its client, who may be slow or gone. */
@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class TurnPartsTest {

  private static final String STREAM =
      "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

  private final TurnParts parts = new TurnParts();
  private final CompletableFuture<@Nullable EpisodicTurn> turn = new CompletableFuture<>();

  /** Reads nothing until it is told to. */
  private static final class Slow extends OutputStream {
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch reads = new CountDownLatch(1);
    private int events;

    @Override
    public void write(byte[] event) throws IOException {
      asked.countDown();
      try {
        reads.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      events++;
    }

    @Override
    public void write(int part) {
      throw new AssertionError("an event in pieces");
    }
  }

  /** Has hung up. */
  private static final class Gone extends OutputStream {
    private int tried;

    @Override
    public void write(int part) throws IOException {
      tried++;
      throw new IOException("broken pipe");
    }
  }

  @Test
  void tell_clientThatDoesNotRead_doesNotHoldTheTurnUp() throws Exception {
    var client = new Slow();
    AnswerWriter writer = writerTo(client);
    Thread request = Thread.ofVirtual().start(() -> parts.tell(turn, writer));
    parts.wrote("one");
    client.asked.await();

    for (int i = 0; i < 1_000; i++) {
      parts.wrote("more");
    }
    turn.complete(null);
    assertThat(client.events).as("all of it was taken, and nothing read").isZero();

    client.reads.countDown();
    request.join();
    assertThat(client.events).isEqualTo(1 + 1_001);
  }

  @Test
  void tell_clientThatHungUp_cancelsTheTurnAndWaitsForIt() throws Exception {
    var client = new Gone();
    AnswerWriter writer = writerTo(client);
    parts.wrote("one");
    parts.wrote("two");
    parts.wrote("three");
    Thread request = Thread.ofVirtual().start(() -> parts.tell(turn, writer));
    while (!writer.cancel().isCancelled()) {
      Thread.onSpinWait();
    }
    assertThat(request.join(Duration.ofMillis(200))).as("the turn is not over").isFalse();
    turn.complete(null);
    request.join();

    assertThat(client.tried).isEqualTo(1);
  }

  @Test
  void tell_turnThatFails_leavesTheFailureToTheTurn() {
    turn.completeExceptionally(new IllegalStateException("no memory"));

    AnswerWriter writer = writerTo(new ByteArrayOutputStream());
    parts.tell(turn, writer);

    assertThat(writer.cancel().isCancelled()).isFalse();
    assertThatThrownBy(turn::join).isInstanceOf(CompletionException.class);
  }

  @Test
  void tell_turnRefusedBehindAComment_isAnErrorEventOfTheStream() {
    var waiting = new TurnParts(new Handover<>(Duration.ofMillis(1), Duration.ofDays(1)));
    var refusal =
        OpenAiException.busy(HttpStatus.SERVICE_UNAVAILABLE, "full", Duration.ofSeconds(2));
    var told = new ByteArrayOutputStream();
    var events =
        new EventStream(
            () -> {
              turn.completeExceptionally(refusal);
              return told;
            });
    AnswerWriter writer = writerTo(events);

    waiting.tell(turn, writer);
    assertThatThrownBy(() -> Computing.result(turn)).isSameAs(refusal);
    assertThat(events.begun()).isTrue();
    writer.failStream(refusal);

    assertThat(told.toString(StandardCharsets.UTF_8).lines().filter(line -> !line.isEmpty()))
        .satisfiesExactly(
            comment -> assertThat(comment).isEqualTo(": waiting"),
            event ->
                assertThat(event)
                    .startsWith("data: {\"error\":")
                    .contains("\"full\"", "\"rate_limit_error\""));
  }

  private static AnswerWriter writerTo(OutputStream client) {
    return writerTo(new EventStream(() -> client));
  }

  private static AnswerWriter writerTo(EventStream events) {
    return new AnswerWriter(
        "test",
        ChatRequestReader.read(JsonMapper.builder().build().readTree(STREAM), 1),
        Optional.of(events));
  }
}
