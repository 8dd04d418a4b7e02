package io.madeleine.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import io.madeleine.memory.index.Embedder;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LangChain4jEmbedderTest {

  @Test
  void embed_vectorOfAnyLength_comesBackAsUnit() {
    var embedder = LangChain4jEmbedder.of(new Fixed(new float[] {3, 4}), "fixed");

    assertThat(embedder.embed(List.of("a")).getFirst()).containsExactly(0.6f, 0.8f);
    assertThat(embedder.embed(List.of("a", "b"))).hasSize(2);
  }

  @Test
  void embed_zeroVector_staysZero() {
    var embedder = LangChain4jEmbedder.of(new Fixed(new float[] {0, 0}), "fixed");

    assertThat(embedder.embed(List.of("")).getFirst()).containsExactly(0, 0);
  }

  @Test
  void embed_modelReturnsAnotherLength_isRefusedByName() {
    var model = new Fixed(new float[] {1, 0});
    var embedder = LangChain4jEmbedder.of(model, "shifty");
    model.vector = new float[] {1};

    assertThatThrownBy(() -> embedder.embedQuery("a"))
        .hasMessage(
            "'shifty' was to have vectors of 2 dimensions and returned one of 1: give the dimension"
                + " that it has, or name the model it really is");
  }

  @Test
  void of_dimensionIsGiven_modelIsNotAskedForIt() {
    var down = new Fixed(new float[0]);
    var embedder = LangChain4jEmbedder.of(down, "down", 2).withQueryPrefix("Find: ");
    assertThat(down.asked).isZero();
    assertThat(embedder.fingerprint()).isEqualTo("down/2");
    down.vector = new float[] {3, 4};

    assertThat(embedder.embedQuery("a")).containsExactly(0.6f, 0.8f);
  }

  @Test
  void of_modelThatIsAskedForItsDimension_isAskedOnce() {
    var model = new Fixed(new float[] {3, 4});
    assertThat(LangChain4jEmbedder.of(model, "paid").withQueryPrefix("Find: ").dimension())
        .isEqualTo(2);

    assertThat(model.asked).isOne();
  }

  @Test
  void of_noDimension_isRefused() {
    var model = new Fixed(new float[] {3, 4});
    assertThatThrownBy(() -> LangChain4jEmbedder.of(model, "flat", 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the vectors of 'flat' must have at least 1 dimension, but got 0");
  }

  @Test
  void bothInProcessModels_relatedSentences_areNearerThanUnrelated() {
    for (Embedder embedder :
        List.of(
            InProcessEmbedders.miniLm(Runnable::run), InProcessEmbedders.bgeSmall(Runnable::run))) {
      List<float[]> stored =
          embedder.embed(
              List.of("My dog Rex loves the park.", "The invoice is due on Monday.", " "));
      float[] question = embedder.embedQuery("What is the name of the dog?");

      assertThat(dot(question, question)).isCloseTo(1, within(1e-4));
      assertThat(dot(question, stored.get(0))).isGreaterThan(dot(question, stored.get(1)) + 0.1);
      assertThat(embedder.fingerprint()).endsWith("/384");
    }
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** Says the same vector to everything. */
  private static final class Fixed implements EmbeddingModel {
    private float[] vector;
    private int asked;

    Fixed(float[] vector) {
      this.vector = vector;
    }

    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
      asked++;
      return Response.from(segments.stream().map(segment -> Embedding.from(vector)).toList());
    }
  }
}
