package io.madeleine.pocket.convert;

import io.madeleine.engine.json.Json;
import io.madeleine.engine.tensor.Blocks;
import io.madeleine.engine.tensor.ElementType;
import io.madeleine.engine.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A small checkpoint in the <a href="https://huggingface.co/docs/safetensors">safetensors</a>
 * format: the length of a JSON header, the header, the numbers.
 */
final class Safetensors {
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  private Safetensors(Path file, byte[] bytes) {
    long headerBytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (headerBytes < 2 || headerBytes > bytes.length - Long.BYTES) {
      throw new IllegalArgumentException(
          "%s: a header of %,d bytes does not fit a file of %,d: it is no safetensors file"
              .formatted(file, headerBytes, bytes.length));
    }
    String header =
        new String(bytes, Long.BYTES, Math.toIntExact(headerBytes), StandardCharsets.UTF_8);
    MemorySegment data = MemorySegment.ofArray(bytes).asSlice(Long.BYTES + headerBytes);
    Fields.of(Json.parse(header))
        .members()
        .forEach(
            (name, value) -> {
              if (!name.equals("__metadata__")) {
                tensors.put(name, tensor(name, Fields.of(value), data));
              }
            });
  }

  static Safetensors read(Path file) {
    try {
      return new Safetensors(file, Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  private static Tensor tensor(String name, Fields fields, MemorySegment data) {
    List<Integer> shape = fields.integers("shape");
    List<Integer> offsets = fields.integers("data_offsets");
    return new Tensor(
        name,
        ElementType.valueOf(fields.string("dtype")),
        shape.size() > 1 ? shape.getFirst() : 1,
        shape.getLast(),
        data.asSlice(offsets.getFirst(), offsets.getLast() - (long) offsets.getFirst()));
  }

  /** {@return the tensors in the order of the file} */
  Iterable<Tensor> tensors() {
    return tensors.values();
  }

  /** {@return the numbers of a tensor, row-major} */
  static float[] numbers(Tensor tensor) {
    return Blocks.dequantise(tensor);
  }
}
