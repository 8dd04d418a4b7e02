package io.madeleine.cli.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;

/**
 * What has come of a file: {@code NAME.part}, and beside it {@code NAME.part.of}, which says what
 * it is a part of. Where that does not say, the bytes are nobody's, and count for nothing.
 */
final class PartFile {

  private final Path path;
  private final Path note;
  private final Path draft;

  /**
   * @param whole the file that it is to become
   */
  PartFile(Path whole) {
    this.path = whole.resolveSibling(whole.getFileName() + ".part");
    this.note = whole.resolveSibling(whole.getFileName() + ".part.of");
    this.draft = whole.resolveSibling(whole.getFileName() + ".part.of.new");
  }

  Path path() {
    return path;
  }

  /** {@return what it is a part of; empty if it is not here, or nobody knows} */
  Optional<Source> source() throws IOException {
    if (!Files.exists(path) || !Files.exists(note)) {
      return Optional.empty();
    }
    try {
      return Source.ofLines(Files.readAllLines(note));
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** {@return how many bytes are here of the file at that address} */
  long bytesOf(String address) throws IOException {
    boolean its = source().filter(source -> source.address().equals(address)).isPresent();
    return its ? Files.size(path) : 0;
  }

  /** {@return where the bytes of {@code source} go; what was here is gone} */
  OutputStream begin(Source source) throws IOException {
    // In this order: a process that ends in between leaves no bytes under another's name.
    OutputStream out = Files.newOutputStream(path);
    try {
      note(source);
    } catch (IOException e) {
      out.close();
      throw e;
    }
    return out;
  }

  /** {@return where the bytes go that come behind those that are here, of {@code source}} */
  OutputStream goOn(Source source) throws IOException {
    note(source);
    return Files.newOutputStream(path, StandardOpenOption.APPEND);
  }

  /**
   * Keeps what the bytes that are here are of; what was kept before stays until that is written.
   */
  void note(Source source) throws IOException {
    if (source().equals(Optional.of(source))) {
      return; // a full disk may give no room a second time
    }
    try {
      Files.write(draft, source.lines());
      Files.move(draft, note, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  /** {@return whether its first bytes are these} */
  boolean beginsWith(byte[] bytes) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return Arrays.equals(in.readNBytes(bytes.length), bytes);
    }
  }

  /** Nothing is here any more. */
  void drop() throws IOException {
    Files.deleteIfExists(path);
    Files.deleteIfExists(note);
    Files.deleteIfExists(draft);
  }

  /** It is whole. */
  void become(Path whole) throws IOException {
    Files.move(path, whole, StandardCopyOption.ATOMIC_MOVE);
    try {
      Files.deleteIfExists(draft);
      Files.deleteIfExists(note);
    } catch (IOException e) {
      // The file is whole and has its name. A note without a part says nothing.
    }
  }
}
