package io.madeleine.conversation.mind.topic;

import io.madeleine.memory.failure.Leftovers;
import io.madeleine.memory.index.Embedder;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What an embedder said of episodes, in a file: which embedder it was, then an episode's id and its
 * vector, one behind another. Reading it writes nothing. What a crash cut short is no vector, and
 * goes when the next one comes. Not thread-safe.
 */
final class VectorFile {

  private final Path file;
  private final byte[] head;
  private final int dimension;

  /** Bytes that are this embedder's and whole; 0 where there is nothing of its. */
  private long whole;

  /**
   * @param file need not exist
   * @param embedder whose vectors it holds
   */
  VectorFile(Path file, Embedder embedder) throws IOException {
    this.file = file;
    this.dimension = embedder.dimension();
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      out.writeUTF(embedder.fingerprint());
    }
    this.head = bytes.toByteArray();
  }

  /** {@return the vectors by episode; none where there is no file, or one of another embedder} */
  Map<String, float[]> read() throws IOException {
    var vectors = new HashMap<String, float[]>();
    whole = 0;
    if (!Files.exists(file)) {
      return vectors;
    }
    try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      if (!Arrays.equals(in.readNBytes(head.length), head)) {
        return vectors;
      }
      whole = head.length;
      var numbers = new byte[Float.BYTES * dimension];
      while (true) {
        var id = new byte[in.readUnsignedShort()];
        in.readFully(id);
        in.readFully(numbers);
        var vector = new float[dimension];
        ByteBuffer.wrap(numbers).asFloatBuffer().get(vector);
        vectors.put(new String(id, StandardCharsets.UTF_8), vector);
        whole += Short.BYTES + id.length + numbers.length;
      }
    } catch (EOFException e) {
      return vectors; // the end, or a vector that a crash cut short
    }
  }

  /**
   * Adds an episode's vector, after {@link #read}. What was not whole, or another embedder's, goes.
   *
   * @throws IOException if it cannot be written; the next one is tried as if this had not been
   */
  void append(String id, float[] vector) throws IOException {
    var bytes = new ByteArrayOutputStream();
    if (whole == 0) {
      bytes.write(head);
    }
    write(id, vector, bytes);
    if (whole == 0) {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(file, bytes.toByteArray());
    } else {
      cutOff();
      Files.write(file, bytes.toByteArray(), StandardOpenOption.APPEND);
    }
    whole += bytes.size();
  }

  /** So that nothing half written stands before the next vector. */
  private void cutOff() throws IOException {
    long size = Files.size(file);
    if (size < whole) {
      throw new IOException(
          "%s has %,d bytes, but had %,d: somebody else cut it".formatted(file, size, whole));
    }
    if (size > whole) {
      try (var open = new RandomAccessFile(file.toFile(), "rw")) { // no interrupt closes it
        open.setLength(whole);
      }
    }
  }

  /**
   * Drops all vectors but those of some episodes: whatever happens, all are there or only these.
   */
  void keepOnly(Set<String> episodes) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    Map<String, float[]> staying = read();
    staying.keySet().retainAll(episodes);
    Path draft = draft(file);
    try {
      try (var bytes = new FileOutputStream(draft.toFile())) {
        var out = new BufferedOutputStream(bytes);
        out.write(head);
        for (Map.Entry<String, float[]> each : staying.entrySet()) {
          write(each.getKey(), each.getValue(), out);
        }
        out.flush();
        bytes.getFD().sync();
      }
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException | Error e) {
      Leftovers.delete(draft, e);
      throw e;
    }
  }

  /** Deletes such a file, and the draft of one that a crash left. */
  static void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
    Files.deleteIfExists(draft(file));
  }

  private static Path draft(Path file) {
    return file.resolveSibling(file.getFileName() + ".draft");
  }

  private static void write(String id, float[] vector, OutputStream to) throws IOException {
    var name = id.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(Short.BYTES + name.length + Float.BYTES * vector.length);
    bytes.putShort((short) name.length).put(name).asFloatBuffer().put(vector);
    to.write(bytes.array());
  }
}
