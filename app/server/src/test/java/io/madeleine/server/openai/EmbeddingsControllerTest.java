package io.madeleine.server.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.server.access.Caller;
import io.madeleine.server.compute.Computing;
import io.madeleine.server.embedding.ServedEmbeddings;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
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

  @Test
  void embed_fromAVirtualThread_computesOnAPlatformThread() throws Exception {
    var model = new Watched();
    var controller = new EmbeddingsController(new ServedEmbeddings(model), new Computing());
    var body = JsonMapper.builder().build().readTree("{\"input\":\"a dog\"}");
    var caller = new Caller(new Tenant("test"), "local");

    Thread.ofVirtual().start(() -> controller.embed(caller, body)).join();

    assertThat(model.virtual.get(30, TimeUnit.SECONDS)).isFalse();
  }
}
