package io.madeleine.conversation.episodic.inside;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class KeyBoxTest {

  /** Golden case G20. */
  @Test
  void bound_ofThreeKeys_isAboveTheLargestProduct() {
    float[] keys = {1, -1, 2, 0, 0, 1};
    float[] query = {1, -2};
    assertThat(KeyBox.of(keys, 2).bound(query, 0)).isEqualTo(4);
    assertThat(largest(keys, query, 0)).isEqualTo(3);
  }

  @Test
  void bound_ofAnyKeys_isNeverBelowAProduct() {
    var random = new SplittableRandom(5);
    for (int round = 0; round < 200; round++) {
      float[] keys = normal(random, 8 * (1 + random.nextInt(20)));
      float[] query = normal(random, 24);
      KeyBox box = KeyBox.of(keys, 8);
      assertThat(box.bound(query, 16)).isGreaterThanOrEqualTo(largest(keys, query, 16));
    }
  }

  private static float[] normal(SplittableRandom random, int count) {
    var numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  private static double largest(float[] keys, float[] query, int from) {
    int dims = query.length - from;
    double largest = Double.NEGATIVE_INFINITY;
    for (int token = 0; token < keys.length / dims; token++) {
      double product = 0;
      for (int c = 0; c < dims; c++) {
        product += (double) keys[token * dims + c] * query[from + c];
      }
      largest = Math.max(largest, product);
    }
    return largest;
  }
}
