package io.madeleine.engine.gguf;

import io.madeleine.engine.tensor.Blocks;
import io.madeleine.engine.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;

/** Reads whatever a file lets one read, and measures what opening it allocated. */
final class Reading {
  private static final List<BiConsumer<GgufMetadata, String>> GETTERS =
      List.of(
          GgufMetadata::string,
          GgufMetadata::integer,
          GgufMetadata::findLong,
          GgufMetadata::number,
          GgufMetadata::flag,
          GgufMetadata::strings,
          GgufMetadata::integers,
          GgufMetadata::numbers);

  private final Path file;

  Reading(Path file) {
    this.file = file;
  }

  /**
   * Opens {@code bytes} as a file and reads all of it; only {@link GgufException} comes out of it.
   *
   * @return heap bytes that opening allocated
   */
  long read(byte[] bytes) {
    write(bytes);
    long before = allocated();
    try (GgufFile opened = GgufFile.open(file)) {
      long spent = allocated() - before;
      opened.fingerprint();
      opened.metadata().keys().forEach(key -> readAsEverything(opened.metadata(), key));
      opened.tensorNames().forEach(name -> readEnds(opened.tensor(name)));
      return spent;
    } catch (GgufException expected) {
      return allocated() - before;
    }
  }

  private static void readAsEverything(GgufMetadata metadata, String key) {
    if (GETTERS.stream().filter(getter -> succeeds(getter, metadata, key)).count() == 0) {
      metadata.isArray(key);
    }
  }

  private static boolean succeeds(
      BiConsumer<GgufMetadata, String> getter, GgufMetadata metadata, String key) {
    try {
      getter.accept(metadata, key);
      return true;
    } catch (GgufException expected) {
      return false;
    }
  }

  private static void readEnds(Tensor tensor) {
    var row = new float[Math.toIntExact(tensor.columns())];
    Blocks.dequantise(tensor, 0, row);
    Blocks.dequantise(tensor, tensor.rows() - 1, row);
  }

  private void write(byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long allocated() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }
}
