package io.madeleine.memory.index.match;

/**
 * Where a question's cosines lie. Embedders fill different bands (some put every pair above 0.5),
 * so a cosine says little before it is compared with those of the question to other turns.
 *
 * @param mean of the cosines to turns at large
 * @param deviation their standard deviation, drawn towards a usual one where few were seen
 */
record VectorScale(float mean, float deviation) {

  private static final double USUAL_VARIANCE = 0.1 * 0.1;
  private static final double USUAL_WEIGHT = 16;

  /** The scale of a question without a vector. */
  static final VectorScale NONE = new VectorScale(0, 1);

  static VectorScale of(float[] cosines, int count) {
    if (count == 0) {
      return NONE;
    }
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += cosines[i];
    }
    double mean = sum / count;
    double squares = 0;
    for (int i = 0; i < count; i++) {
      squares += (cosines[i] - mean) * (cosines[i] - mean);
    }
    double variance = (squares + USUAL_WEIGHT * USUAL_VARIANCE) / (count + USUAL_WEIGHT);
    return new VectorScale((float) mean, (float) Math.sqrt(variance));
  }

  float standard(float cosine) {
    return (cosine - mean) / deviation;
  }
}
