package io.madeleine.engine.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.tensor.ElementType;
import io.madeleine.testing.model.Family;
import io.madeleine.testing.model.TinyModel;
import io.madeleine.testing.model.TinyVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A spoiled file is refused with a {@link GgufException}, or read: never anything else. */
final class GgufFuzzTest {
  private static final int SHORT = 4_000;
  private static final int LONG = 200_000;
  private static final long FIXED_COST = 64 << 10;

  private static final TinyModel SMALL =
      new TinyModel(
          Family.LLAMA_3_ROPE,
          1,
          32,
          2,
          1,
          16,
          32,
          true,
          ElementType.Q8_0,
          TinyVocabulary.BYTE_PAIRS,
          7);

  private final Path directory;

  GgufFuzzTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void open_thousandsOfSpoiledFiles_refusesOrReadsThem() throws IOException {
    spoil(SHORT);
  }

  @Test
  @Tag("long")
  void open_twoHundredThousandSpoiledFiles_refusesOrReadsThem() throws IOException {
    spoil(LONG);
  }

  private void spoil(int count) throws IOException {
    var reading = new Reading(directory.resolve("spoiled.gguf"));
    for (byte[] valid : valid(directory)) {
      int header = Math.toIntExact(headerBytes(valid));
      for (long seed = 0; seed < count / 2; seed++) {
        byte[] bytes = new Mutations(seed, header).spoil(valid);
        long allocated = reading.read(bytes);
        // A JVM that meets a branch for the first time loads classes, which is none of our doing.
        assertCost(bytes, allocated > limit(bytes) ? reading.read(bytes) : allocated);
      }
    }
  }

  /** Objects for keys and tensors cost more than their bytes in the file, but no more than this. */
  private static void assertCost(byte[] bytes, long allocated) {
    assertThat(allocated).isLessThanOrEqualTo(limit(bytes));
  }

  private static long limit(byte[] bytes) {
    return FIXED_COST + 16L * bytes.length;
  }

  static List<byte[]> valid(Path directory) throws IOException {
    Path file = directory.resolve("valid.gguf");
    GgufFileTest.everything().writeTo(file);
    byte[] everything = Files.readAllBytes(file);
    SMALL.writeTo(file);
    return List.of(everything, Files.readAllBytes(file));
  }

  private long headerBytes(byte[] valid) throws IOException {
    Path file = directory.resolve("header.gguf");
    Files.write(file, valid);
    try (GgufFile opened = GgufFile.open(file)) {
      long data =
          opened.tensorNames().stream()
              .mapToLong(name -> opened.tensor(name).data().byteSize())
              .sum();
      return valid.length - data;
    }
  }
}
