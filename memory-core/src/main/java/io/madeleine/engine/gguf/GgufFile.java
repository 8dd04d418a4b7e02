package io.madeleine.engine.gguf;

import io.madeleine.engine.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model file, open: its metadata, and its tensors as slices of the mapped file. Nothing is
 * copied, so opening costs the header only, and several processes share the page cache.
 *
 * <p>A model in parts is opened by its first, {@code …-00001-of-0000N.gguf}; the others lie beside
 * it. May be used from any thread. Whoever opened it closes it, after the last use of its tensors.
 */
public final class GgufFile implements AutoCloseable {
  private final Path path;
  private final Arena arena;
  private final GgufMetadata metadata;
  private final Map<String, Tensor> tensors;
  private final List<GgufPart> parts;

  private GgufFile(Path path, Arena arena, List<GgufPart> parts) {
    this.path = path;
    this.arena = arena;
    this.parts = List.copyOf(parts);
    this.metadata = parts.getFirst().metadata();
    var byName = new LinkedHashMap<String, Tensor>();
    for (GgufPart part : parts) {
      for (Tensor tensor : part.tensors()) {
        if (byName.put(tensor.name(), tensor) != null) {
          throw GgufException.file(
              part.path(), "tensor '%s' is in an earlier part too.".formatted(tensor.name()));
        }
      }
    }
    this.tensors = Collections.unmodifiableMap(byName);
  }

  /**
   * Maps a model file and checks all that it says about itself.
   *
   * @throws GgufException if it is missing, no GGUF, truncated, damaged, or stores a tensor in a
   *     way that is not supported
   */
  public static GgufFile open(Path path) {
    Arena arena = Arena.ofShared();
    try {
      GgufPart first = map(path, arena);
      var parts = new ArrayList<GgufPart>(List.of(first));
      for (Path other : GgufSplit.otherParts(first)) {
        parts.add(map(other, arena));
      }
      GgufSplit.requireComplete(parts);
      return new GgufFile(path, arena, parts);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  private static GgufPart map(Path path, Arena arena) {
    if (!Files.exists(path)) {
      throw GgufException.file(path, "does not exist. Check the path, or fetch the model first.");
    }
    if (!Files.isRegularFile(path)) {
      throw GgufException.file(path, "is no file. Name the .gguf file itself.");
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return GgufParser.parse(path, bytes);
    } catch (IOException e) {
      throw GgufException.file(path, "cannot be read: " + e.getMessage(), e);
    }
  }

  /** {@return the file as it was named when it was opened; of a model in parts, the first} */
  public Path path() {
    return path;
  }

  /** {@return what the file says about the model} */
  public GgufMetadata metadata() {
    return metadata;
  }

  /**
   * {@return the tensor of that name}
   *
   * @throws GgufException if there is none
   */
  public Tensor tensor(String name) {
    return findTensor(name)
        .orElseThrow(
            () ->
                GgufException.file(
                    path,
                    "has no tensor '%s' among its %,d. It was made for another architecture, or is incomplete."
                        .formatted(name, tensors.size())));
  }

  /** {@return the tensor of that name, or empty} */
  public Optional<Tensor> findTensor(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /** {@return the names of all tensors, in the order of the file} */
  public List<String> tensorNames() {
    return List.copyOf(tensors.keySet());
  }

  /** {@return the size on disk, of all parts together} */
  public long fileBytes() {
    return parts.stream().mapToLong(part -> part.bytes().byteSize()).sum();
  }

  /**
   * {@return a SHA-256 in hexadecimal over the header, and the first and last bytes of each tensor:
   * two models that differ in shape, vocabulary or training differ here, at the price of reading a
   * few pages}
   */
  public String fingerprint() {
    return GgufFingerprint.of(parts);
  }

  /** Unmaps the file. Its tensors must not be read any more. */
  @Override
  public void close() {
    arena.close();
  }
}
