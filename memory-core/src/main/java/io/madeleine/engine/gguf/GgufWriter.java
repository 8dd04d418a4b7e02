package io.madeleine.engine.gguf;

import io.madeleine.engine.tensor.ElementType;
import io.madeleine.engine.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Writes a model file: first say everything, then {@link #writeTo}. Keys and tensors keep the order
 * in which they were said; a key said twice keeps its place and its last value.
 *
 * <p>Numbers of a tensor may be supplied late, one tensor at a time, so a model need not fit the
 * heap. Not thread-safe.
 */
public final class GgufWriter {
  private static final int MAGIC = 0x46554747;
  private static final int VERSION = 3;
  private static final String ALIGNMENT_KEY = "general.alignment";
  private static final long LARGEST_BUFFER = 1 << 30;

  private final Map<String, GgufEntry> entries = new LinkedHashMap<>();
  private final Map<String, Pending> tensors = new LinkedHashMap<>();
  private int alignment = 32;

  /** A tensor that is known by shape, and supplied when its turn comes. */
  private record Pending(
      String name, ElementType type, long rows, long columns, Supplier<MemorySegment> data) {

    long bytes() {
      return Math.multiplyExact(rows, type.bytes(columns));
    }
  }

  /** Sets where tensors may start: a power of two, 32 unless told. */
  public GgufWriter alignment(int bytes) {
    if (bytes < 1 || Integer.bitCount(bytes) != 1) {
      throw new IllegalArgumentException(
          "alignment must be a power of two, but is %d".formatted(bytes));
    }
    alignment = bytes;
    return integer(ALIGNMENT_KEY, bytes);
  }

  /** Says a text. */
  public GgufWriter string(String key, String value) {
    return entry(key, GgufEntry.of(value));
  }

  /** Says a whole number the way models do: unsigned, 32 bits; signed if it is negative. */
  public GgufWriter integer(String key, int value) {
    return number(key, value < 0 ? GgufType.INT32 : GgufType.UINT32, value);
  }

  /** Says a number in 32 bits. */
  public GgufWriter number(String key, float value) {
    return number(key, GgufType.FLOAT32, value);
  }

  /**
   * Says a number of exactly that type.
   *
   * @throws IllegalArgumentException if {@code type} is no number
   */
  public GgufWriter number(String key, GgufType type, Number value) {
    return entry(key, GgufEntry.of(type, value));
  }

  /** Says yes or no. */
  public GgufWriter flag(String key, boolean value) {
    return entry(key, GgufEntry.of(value));
  }

  /** Says a list of texts. */
  public GgufWriter strings(String key, List<String> values) {
    return entry(key, GgufEntry.strings(values));
  }

  /** Says a list of whole numbers the way models do: signed, 32 bits. */
  public GgufWriter integers(String key, List<Integer> values) {
    return numbers(key, GgufType.INT32, values);
  }

  /** Says a list of numbers in 32 bits. */
  public GgufWriter numbers(String key, List<Float> values) {
    return numbers(key, GgufType.FLOAT32, values);
  }

  /**
   * Says a list of numbers of exactly that type.
   *
   * @throws IllegalArgumentException if {@code type} is no number
   */
  public GgufWriter numbers(String key, GgufType type, List<? extends Number> values) {
    return entry(key, GgufEntry.numbers(type, values));
  }

  /** Says a list of yes and no. */
  public GgufWriter flags(String key, List<Boolean> values) {
    return entry(key, GgufEntry.flags(values));
  }

  /** Says what another file says, whatever the types. The other file must be open until written. */
  public GgufWriter metadata(GgufMetadata other) {
    for (String key : other.keys()) {
      if (key.equals(ALIGNMENT_KEY)) {
        alignment(other.integer(key));
      } else {
        entry(key, other.entry(key));
      }
    }
    return this;
  }

  /** Adds a tensor whose numbers are there already. */
  public GgufWriter tensor(Tensor tensor) {
    return tensor(
        tensor.name(), tensor.type(), tensor.rows(), tensor.columns(), () -> tensor.data());
  }

  /**
   * Adds a tensor whose numbers are asked for when it is written.
   *
   * @param rows 1 for a vector
   * @param data gives exactly {@code rows × type.bytes(columns)} bytes
   * @throws IllegalArgumentException if the name was said before, or the shape does not fit the
   *     type
   */
  public GgufWriter tensor(
      String name, ElementType type, long rows, long columns, Supplier<MemorySegment> data) {
    if (rows < 1 || columns < 1 || columns % type.blockSize() != 0) {
      throw new IllegalArgumentException(
          "tensor '%s' is %,d × %,d, but needs at least one row and whole blocks of %d (%s)"
              .formatted(name, rows, columns, type.blockSize(), type));
    }
    if (tensors.putIfAbsent(name, new Pending(name, type, rows, columns, data)) != null) {
      throw new IllegalArgumentException("tensor '%s' was added before".formatted(name));
    }
    return this;
  }

  /**
   * Writes the file, whole or not at all: under another name beside it first, then moved in place.
   *
   * @throws GgufException if the disk refuses, or a tensor turns out to have another size
   */
  public void writeTo(Path path) {
    Path unfinished = path.resolveSibling(path.getFileName() + ".part");
    try {
      try (FileChannel out =
          FileChannel.open(
              unfinished,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        write(out, path);
      }
      Files.move(unfinished, path, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw GgufException.file(path, "cannot be written: " + e.getMessage(), e);
    } finally {
      deleteQuietly(unfinished);
    }
  }

  private void write(FileChannel out, Path path) throws IOException {
    writeAll(out, header());
    pad(out);
    for (Pending tensor : tensors.values()) {
      MemorySegment data = tensor.data().get();
      if (data.byteSize() != tensor.bytes()) {
        throw GgufException.file(
            path,
            "tensor '%s' needs %,d bytes, but was given %,d."
                .formatted(tensor.name(), tensor.bytes(), data.byteSize()));
      }
      for (long from = 0; from < data.byteSize(); from += LARGEST_BUFFER) {
        long length = Math.min(LARGEST_BUFFER, data.byteSize() - from);
        writeAll(out, data.asSlice(from, length).asByteBuffer());
      }
      pad(out);
    }
  }

  private ByteBuffer header() {
    var header = new GgufBytes();
    header.int32(MAGIC).int32(VERSION).int64(tensors.size()).int64(entries.size());
    entries.forEach(
        (key, entry) -> header.text(key).int32(entry.type().id()).segment(entry.bytes()));
    long offset = 0;
    for (Pending tensor : tensors.values()) {
      header.text(tensor.name()).int32(tensor.rows() == 1 ? 1 : 2).int64(tensor.columns());
      if (tensor.rows() > 1) {
        header.int64(tensor.rows());
      }
      header.int32(tensor.type().ggufId()).int64(offset);
      offset += Math.ceilDiv(tensor.bytes(), alignment) * alignment;
    }
    return ByteBuffer.wrap(header.toByteArray());
  }

  private void pad(FileChannel out) throws IOException {
    long excess = out.position() % alignment;
    if (excess > 0) {
      writeAll(out, ByteBuffer.allocate((int) (alignment - excess)));
    }
  }

  private static void writeAll(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  private static void deleteQuietly(Path unfinished) {
    try {
      Files.deleteIfExists(unfinished);
    } catch (IOException e) {
      System.getLogger(GgufWriter.class.getName())
          .log(System.Logger.Level.DEBUG, "an unfinished file stays behind: " + unfinished, e);
    }
  }

  private GgufWriter entry(String key, GgufEntry entry) {
    entries.put(key, entry);
    return this;
  }
}
