package io.madeleine.memory.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class VectorsTest {

  /** Golden case G19: by the dot product with centroids of unequal length the tight topic wins. */
  @Test
  void g19_cosine_doesNotFavourTheTightTopic() {
    float[] tight = {.9f, .1f};
    float[] loose = {.35f, .45f};
    float[] question = {.6f, .8f};

    assertThat(dot(question, tight)).isEqualTo(.62, within(1e-5));
    assertThat(dot(question, loose)).isEqualTo(.57, within(1e-5));
    assertThat(Vectors.cosine(question, tight)).isEqualTo(.684675, within(1e-5));
    assertThat(Vectors.cosine(question, loose)).isEqualTo(.999846, within(1e-5));
  }

  private static double dot(float[] a, float[] b) {
    return a[0] * b[0] + a[1] * b[1];
  }
}
