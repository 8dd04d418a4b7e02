package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.spring.metrics.AnswerObservations;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The machine gives out while an answer is made: whoever asked is told, and the next one served.
 */
final class BrokenAnswerTest {

  @TempDir Path data;

  /** No memory for the next answer that begins. */
  private static final class NoMemory implements ObservationHandler<Observation.Context> {
    private final AtomicBoolean gone = new AtomicBoolean(true);

    @Override
    public boolean supportsContext(Observation.Context context) {
      return AnswerObservations.DURATION.equals(context.getName());
    }

    @Override
    public void onStart(Observation.Context context) {
      if (gone.getAndSet(false)) {
        throw new OutOfMemoryError("unable to create native thread, says a test");
      }
    }
  }

  @ParameterizedTest(name = "stream {0}")
  @ValueSource(booleans = {true, false})
  @Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void chat_errorBeforeTheFirstWord_isToldAndTheNextIsAnswered(boolean stream) {
    try (var server = new RunningServer(data, "--madeleine.server.streams=1")) {
      server.part(ObservationRegistry.class).observationConfig().observationHandler(new NoMemory());
      String ask =
          "{\"temperature\":0,\"stream\":%b,\"messages\":[{\"role\":\"user\",\"content\":\"Hello.\"}]}"
              .formatted(stream);

      HttpResponse<String> broken = server.post("/v1/chat/completions", ask);
      HttpResponse<String> next = server.post("/v1/chat/completions", ask);

      assertThat(broken.statusCode()).as(broken.body()).isEqualTo(500);
      assertThat(RunningServer.json(broken).at("/error/type").asString()).isEqualTo("server_error");
      assertThat(broken.body()).doesNotContain("native thread");
      assertThat(next.statusCode()).as(next.body()).isEqualTo(200);
    }
  }
}
