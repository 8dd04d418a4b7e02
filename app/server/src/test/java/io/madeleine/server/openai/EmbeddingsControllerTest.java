package io.madeleine.server.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.server.access.Caller;
import io.madeleine.server.access.Streams;
import io.madeleine.server.compute.Computing;
import io.madeleine.server.embedding.ServedEmbeddings;
import io.madeleine.server.openai.protocol.OpenAiException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class EmbeddingsControllerTest {

  /** Tells where it computes: a virtual thread would hold up the others, a native call pins it. */
  private static final class Watched implements EmbeddingModel {
    private final CompletableFuture<Boolean> virtual = new CompletableFuture<>();

    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> texts) {
      virtual.complete(Thread.currentThread().isVirtual());
      return Response.from(List.of(Embedding.from(new float[] {3, 4})));
    }

    @Override
    public String modelName() {
      return "watched";
    }
  }

  /** Tells how many compute at once; none ends before as many as there are processors do. */
  private static final class Crowd implements EmbeddingModel {
    private final int processors = Runtime.getRuntime().availableProcessors();
    private final CountDownLatch all = new CountDownLatch(processors);
    private final AtomicInteger now = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> texts) {
      most.accumulateAndGet(now.incrementAndGet(), Math::max);
      all.countDown();
      try {
        assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      now.decrementAndGet();
      return Response.from(List.of(Embedding.from(new float[] {3, 4})));
    }

    @Override
    public String modelName() {
      return "crowd";
    }
  }

  private static final Caller CALLER = new Caller(new Tenant("test"), "local");
  private static final JsonNode ASKED =
      JsonMapper.builder().build().readTree("{\"input\":\"a dog\"}");

  @Test
  void embed_fromAVirtualThread_computesOnAPlatformThread() throws Exception {
    var model = new Watched();
    var controller = controller(model, 1);

    Thread.ofVirtual().start(() -> controller.embed(CALLER, ASKED)).join();

    assertThat(model.virtual.get(30, TimeUnit.SECONDS)).isFalse();
  }

  @Test
  void embed_many_computesAsManyAtOnceAsThereAreProcessors() throws Exception {
    var model = new Crowd();
    int asking = 4 * model.processors;
    var controller = controller(model, asking);
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < asking; i++) {
      threads.add(Thread.ofVirtual().start(() -> controller.embed(CALLER, ASKED)));
    }
    for (Thread each : threads) {
      each.join();
    }

    assertThat(model.now).hasValue(0);
    assertThat(model.most).hasValue(model.processors);
  }

  @Test
  void embed_moreThanAKeyMayHave_isRefusedUntilOneIsOver() throws Exception {
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    EmbeddingModel model =
        new EmbeddingModel() {
          @Override
          public Response<List<Embedding>> embedAll(List<TextSegment> texts) {
            begun.countDown();
            try {
              goOn.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            return Response.from(List.of(Embedding.from(new float[] {3, 4})));
          }
        };
    var controller = controller(model, 1);
    Thread first = Thread.ofVirtual().start(() -> controller.embed(CALLER, ASKED));
    begun.await();

    assertThatThrownBy(() -> controller.embed(CALLER, ASKED))
        .isInstanceOfSatisfying(
            OpenAiException.class,
            refused -> assertThat(refused.status()).isEqualTo(HttpStatus.TOO_MANY_REQUESTS))
        .hasMessageContaining("may have 1 answers running at once")
        .hasMessageContaining("madeleine.server.streams");
    goOn.countDown();
    first.join();
    assertThat(controller.embed(CALLER, ASKED)).as("once it is over").isNotNull();
  }

  private static EmbeddingsController controller(EmbeddingModel model, int most) {
    return new EmbeddingsController(
        new ServedEmbeddings(model), Streams.atMost(most), new Computing());
  }
}
