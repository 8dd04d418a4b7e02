package io.madeleine.engine.gguf;

import io.madeleine.engine.gguf.GgufPart.TensorInfo;
import io.madeleine.engine.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Turns the bytes of one file into a {@link GgufPart}, or says which byte is wrong. Allocates in
 * proportion to bytes that are there, never to counts that a file merely claims.
 */
final class GgufParser {
  private static final int MAGIC = 0x46554747;
  private static final int MAX_DIMENSIONS = 4;
  private static final int MAX_ARRAY_DEPTH = 8;
  private static final long DEFAULT_ALIGNMENT = 32;
  private static final long MAX_ALIGNMENT = 1 << 20;
  private static final String ALIGNMENT_KEY = "general.alignment";

  /** Storage types that other engines know, by the numbers that stand for them. */
  private static final List<String> FOREIGN_TYPES =
      List.of(
          "F32",
          "F16",
          "Q4_0",
          "Q4_1",
          "Q4_2",
          "Q4_3",
          "Q5_0",
          "Q5_1",
          "Q8_0",
          "Q8_1",
          "Q2_K",
          "Q3_K",
          "Q4_K",
          "Q5_K",
          "Q6_K",
          "Q8_K",
          "IQ2_XXS",
          "IQ2_XS",
          "IQ3_XXS",
          "IQ1_S",
          "IQ4_NL",
          "IQ3_S",
          "IQ2_S",
          "IQ4_XS",
          "I8",
          "I16",
          "I32",
          "I64",
          "F64",
          "IQ1_M",
          "BF16",
          "Q4_0_4_4",
          "Q4_0_4_8",
          "Q4_0_8_8",
          "TQ1_0",
          "TQ2_0",
          "IQ4_NL_4_4",
          "IQ4_NL_4_8",
          "IQ4_NL_8_8",
          "MXFP4");

  private final Path path;
  private final GgufCursor cursor;
  private final long fileBytes;

  private GgufParser(Path path, MemorySegment bytes) {
    this.path = path;
    this.cursor = new GgufCursor(path, bytes);
    this.fileBytes = bytes.byteSize();
  }

  static GgufPart parse(Path path, MemorySegment bytes) {
    return new GgufParser(path, bytes).part(bytes);
  }

  private GgufPart part(MemorySegment bytes) {
    magic();
    version();
    long tensorCount = cursor.count("the number of tensors");
    long entryCount = cursor.count("the number of metadata entries");
    var metadata = new GgufMetadata(path, entries(entryCount));
    long alignment = alignment(metadata);
    List<TensorInfo> tensors = tensors(tensorCount, alignment);
    long headerBytes = cursor.position();
    long dataStart = Math.ceilDiv(headerBytes, alignment) * alignment;
    tensors.forEach(tensor -> requireInside(tensor, dataStart));
    return new GgufPart(path, bytes, metadata, tensors, headerBytes, dataStart);
  }

  private void magic() {
    if (fileBytes == 0) {
      throw GgufException.file(path, "is empty. Fetch it again.");
    }
    if (fileBytes < Integer.BYTES || cursor.int32("the magic number") != MAGIC) {
      throw GgufException.at(
          path,
          0,
          "this is not a GGUF file: it does not start with the letters GGUF. Convert the model to"
              + " GGUF, or fetch a file that ends in .gguf.");
    }
  }

  private void version() {
    long at = cursor.position();
    int version = cursor.int32("the version");
    if (version == 2 || version == 3) {
      return;
    }
    boolean swapped = version != 0 && (version & 0xFFFF) == 0;
    throw GgufException.at(
        path,
        at,
        swapped
            ? "the file is big-endian, but only little-endian ones are read. Convert it for this"
                + " kind of machine."
            : "this is GGUF version %s, but only versions 2 and 3 are read. Convert the model with a"
                    .formatted(Integer.toUnsignedString(version))
                + " current converter.");
  }

  private Map<String, GgufEntry> entries(long count) {
    var entries = new LinkedHashMap<String, GgufEntry>();
    for (long i = 0; i < count; i++) {
      long at = cursor.position();
      String key = cursor.name("a metadata key");
      GgufType type = cursor.type("the type of '%s'".formatted(GgufException.quote(key)));
      long start = cursor.position();
      skip(type, key, 0);
      if (entries.put(key, new GgufEntry(type, cursor.since(start))) != null) {
        throw GgufException.at(
            path, at, "the key '%s' stands here twice.".formatted(GgufException.quote(key)));
      }
    }
    return entries;
  }

  private void skip(GgufType type, String key, int depth) {
    switch (type) {
      case STRING -> cursor.take(cursor.count("the length of a text"), "a text");
      case ARRAY -> skipArray(key, depth);
      default -> cursor.take(type.bytes(), "a number");
    }
  }

  private void skipArray(String key, int depth) {
    if (depth == MAX_ARRAY_DEPTH) {
      throw GgufException.key(
          path, key, "arrays are nested deeper than %d levels.".formatted(MAX_ARRAY_DEPTH));
    }
    GgufType type = cursor.type("the element type of an array");
    long count = cursor.count("the length of an array");
    if (type.bytes() > 0) {
      cursor.require(count > cursor.remaining() ? count : count * type.bytes(), "an array");
      cursor.take(count * type.bytes(), "an array");
      return;
    }
    for (long i = 0; i < count; i++) {
      skip(type, key, depth + 1);
    }
  }

  private long alignment(GgufMetadata metadata) {
    long alignment = metadata.findLong(ALIGNMENT_KEY).orElse(DEFAULT_ALIGNMENT);
    if (alignment < 1 || alignment > MAX_ALIGNMENT || Long.bitCount(alignment) != 1) {
      throw GgufException.key(
          path,
          ALIGNMENT_KEY,
          "must be a power of two up to %,d, but is %,d.".formatted(MAX_ALIGNMENT, alignment));
    }
    return alignment;
  }

  private List<TensorInfo> tensors(long count, long alignment) {
    var tensors = new ArrayList<TensorInfo>();
    Set<String> names = new HashSet<>();
    for (long i = 0; i < count; i++) {
      long at = cursor.position();
      TensorInfo tensor = tensor(at);
      if (!names.add(tensor.name())) {
        throw wrong(at, tensor.name(), "stands here twice.");
      }
      if (tensor.offset() % alignment != 0) {
        throw wrong(
            at,
            tensor.name(),
            "starts at %,d, which is no multiple of the alignment %,d."
                .formatted(tensor.offset(), alignment));
      }
      tensors.add(tensor);
    }
    return List.copyOf(tensors);
  }

  private TensorInfo tensor(long at) {
    String name = cursor.name("the name of a tensor");
    int dimensions = cursor.int32("the number of dimensions");
    if (dimensions < 0 || dimensions > MAX_DIMENSIONS) {
      throw wrong(
          at,
          name,
          "has %s dimensions, but may have %d."
              .formatted(Integer.toUnsignedString(dimensions), MAX_DIMENSIONS));
    }
    long columns = dimensions > 0 ? dimension(name) : 1;
    long rows = 1;
    for (int i = 1; i < dimensions; i++) {
      rows = product(at, name, rows, dimension(name));
    }
    ElementType type = elementType(at, name, cursor.int32("the type of a tensor"));
    long bytes = product(at, name, rows, rowBytes(at, name, type, columns));
    return new TensorInfo(name, type, rows, columns, cursor.count("a tensor's start"), bytes);
  }

  private long dimension(String name) {
    long at = cursor.position();
    long size = cursor.count("a dimension");
    if (size == 0) {
      throw wrong(at, name, "has a dimension of size 0.");
    }
    return size;
  }

  private long rowBytes(long at, String name, ElementType type, long columns) {
    if (columns % type.blockSize() != 0) {
      throw wrong(
          at,
          name,
          "has rows of %,d elements, but %s packs them in blocks of %d."
              .formatted(columns, type, type.blockSize()));
    }
    return product(at, name, columns / type.blockSize(), type.bytesPerBlock());
  }

  private long product(long at, String name, long a, long b) {
    if (Math.multiplyHigh(a, b) != 0 || a * b < 0) {
      throw wrong(at, name, "is larger than any file: %,d × %,d.".formatted(a, b));
    }
    return a * b;
  }

  private ElementType elementType(long at, String name, int id) {
    for (ElementType type : ElementType.values()) {
      if (type.ggufId() == id) {
        return type;
      }
    }
    throw wrong(
        at,
        name,
        "is stored as %s, which is not supported. Fetch the model as one of %s."
            .formatted(describe(id), Arrays.toString(ElementType.values())));
  }

  private static String describe(int type) {
    return type >= 0 && type < FOREIGN_TYPES.size()
        ? "%s (type %d)".formatted(FOREIGN_TYPES.get(type), type)
        : "the unknown type " + Integer.toUnsignedString(type);
  }

  private void requireInside(TensorInfo tensor, long dataStart) {
    long room = fileBytes - dataStart;
    if (tensor.offset() > room || tensor.bytes() > room - tensor.offset()) {
      throw GgufException.at(
          path,
          dataStart,
          String.format(
              Locale.ROOT,
              "tensor '%s' needs %,d bytes from %,d on, but only %,d bytes of data are there. The"
                  + " file is truncated: fetch it again.",
              GgufException.quote(tensor.name()),
              tensor.bytes(),
              tensor.offset(),
              Math.max(0, room)));
    }
  }

  private GgufException wrong(long at, String name, String problem) {
    return GgufException.at(
        path, at, "tensor '%s' %s".formatted(GgufException.quote(name), problem));
  }
}
