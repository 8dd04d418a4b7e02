package io.madeleine.evaluation.cost;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Vectors in a file, little-endian floats one after the other, and more of their kind. */
final class VectorFile {

  /** Length of the noise beside a vector of length 1: a copy has a cosine of about 0.9 to it. */
  private static final double NOISE = 0.48;

  private VectorFile() {}

  /**
   * {@return the vectors of {@code file}}
   *
   * @throws IllegalArgumentException if it is not whole vectors of that dimension
   */
  static float[][] read(Path file, int dimension) throws IOException {
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException(
          "there is no file %s: eval retrieval --cache DIR makes them".formatted(file));
    }
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int length = dimension * Float.BYTES;
    if (bytes.remaining() % length != 0) {
      throw new IllegalArgumentException(
          "%s has %d bytes, which are no vectors of %d floats"
              .formatted(file, bytes.remaining(), dimension));
    }
    var vectors = new float[bytes.remaining() / length][dimension];
    for (float[] vector : vectors) {
      bytes.asFloatBuffer().get(vector);
      bytes.position(bytes.position() + length);
    }
    return vectors;
  }

  /** {@return {@code size} vectors in a drawn order: those known, then each again with noise} */
  static float[][] grown(float[][] known, int size) {
    var random = new Random(3);
    var grown = new float[size][];
    for (int i = 0; i < size; i++) {
      float[] one = known[i % known.length];
      grown[i] = i < known.length ? one : noisy(one, random);
    }
    for (int i = size - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      float[] other = grown[i];
      grown[i] = grown[j];
      grown[j] = other;
    }
    return grown;
  }

  private static float[] noisy(float[] vector, Random random) {
    double scale = NOISE / Math.sqrt(vector.length);
    var noisy = new float[vector.length];
    double squares = 0;
    for (int d = 0; d < noisy.length; d++) {
      noisy[d] = (float) (vector[d] + scale * random.nextGaussian());
      squares += noisy[d] * noisy[d];
    }
    for (int d = 0; d < noisy.length; d++) {
      noisy[d] /= (float) Math.sqrt(squares);
    }
    return noisy;
  }
}
