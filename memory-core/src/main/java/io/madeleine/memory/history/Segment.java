package io.madeleine.memory.history;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * One file of the log: a header, then records. All numbers are big-endian.
 *
 * <pre>
 * header  twice {@code "MADTURNS", int version, long salt, int crc}
 * record  {@code int mark, int length, int crc, payload}
 * payload {@code byte kind, long sequence, int index, body}
 * </pre>
 *
 * <p>The checksum (CRC32C) covers the salt, the length and the payload. The salt is a number that
 * nobody who talks to the model knows, so no message can hold a forged record for the scan behind a
 * damaged stretch to find. Files are read and written through {@link RandomAccessFile}, since an
 * interrupted thread would close a channel under everybody else.
 *
 * @param file where
 * @param ordinal place among the files, from 1
 * @param salt part of every checksum
 */
record Segment(Path file, int ordinal, long salt) {

  static final int HEADER_BYTES = 48;
  static final int FRAME_BYTES = 12;
  static final int PAYLOAD_HEAD_BYTES = 13;
  static final byte TURN = 1;
  static final byte ERASURE = 2;

  private static final long NAME = 0x4d41445455524e53L; // MADTURNS
  private static final int VERSION = 1;
  private static final int MARK = 0xff4d7eff; // 0xff stands in no UTF-8

  /** Sees every whole record of a file, in order. */
  interface Visitor {
    void record(long offset, ByteBuffer payload) throws IOException;

    void damage(long offset, long bytes);
  }

  static Path path(Path directory, int ordinal) {
    return directory.resolve(String.format(Locale.ROOT, "turns-%08d.log", ordinal));
  }

  static Segment create(Path directory, int ordinal, long salt) throws IOException {
    Path file = path(directory, ordinal);
    try (var out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(0);
      out.write(header(salt));
      out.getFD().sync();
    }
    syncDirectory(directory);
    return new Segment(file, ordinal, salt);
  }

  /** {@return the salt of a file, or empty where both copies of the header are damaged} */
  static Optional<Long> salt(Path file) throws IOException {
    byte[] bytes = new byte[HEADER_BYTES];
    try (var in = new RandomAccessFile(file.toFile(), "r")) {
      int length = Math.max(0, in.read(bytes));
      ByteBuffer header = ByteBuffer.wrap(bytes, 0, length);
      for (int copy = 0; copy + HEADER_BYTES / 2 <= length; copy += HEADER_BYTES / 2) {
        if (header.getLong(copy) == NAME
            && header.getInt(copy + 20) == headerChecksum(bytes, copy)) {
          checkVersion(file, header.getInt(copy + 8));
          return Optional.of(header.getLong(copy + 12));
        }
      }
    }
    return Optional.empty();
  }

  private static void checkVersion(Path file, int version) {
    if (version != VERSION) {
      throw new LogException(
          file,
          "was written in version %d of the format, and this program knows %d"
              .formatted(version, VERSION),
          "Use the program that wrote it, or export there and import here");
    }
  }

  static byte[] header(long salt) {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    for (int copy = 0; copy < HEADER_BYTES; copy += HEADER_BYTES / 2) {
      header.putLong(NAME).putInt(VERSION).putLong(salt);
      header.putInt(headerChecksum(header.array(), copy));
    }
    return header.array();
  }

  private static int headerChecksum(byte[] bytes, int from) {
    var crc = new CRC32C();
    crc.update(bytes, from, 20);
    return (int) crc.getValue();
  }

  /** {@return a record, ready to be written to this file} */
  byte[] frame(byte kind, long sequence, int index, byte[] body) {
    int length = PAYLOAD_HEAD_BYTES + body.length;
    ByteBuffer record = ByteBuffer.allocate(FRAME_BYTES + length);
    record.putInt(MARK).putInt(length).putInt(0);
    record.put(kind).putLong(sequence).putInt(index).put(body);
    return record.putInt(8, checksum(length, record.slice(FRAME_BYTES, length))).array();
  }

  private int checksum(int length, ByteBuffer payload) {
    var crc = new CRC32C();
    crc.update(ByteBuffer.allocate(12).putLong(salt).putInt(length).flip());
    crc.update(payload.duplicate());
    return (int) crc.getValue();
  }

  /** {@return the payload of the record at {@code offset}, or empty if it is damaged} */
  Optional<ByteBuffer> read(SegmentWindow window, long offset) throws IOException {
    if (offset + FRAME_BYTES + PAYLOAD_HEAD_BYTES > window.size()) {
      return Optional.empty();
    }
    ByteBuffer frame = window.at(offset, FRAME_BYTES);
    int length = frame.getInt(4);
    if (frame.getInt(0) != MARK
        || length < PAYLOAD_HEAD_BYTES
        || length > window.size() - offset - FRAME_BYTES) {
      return Optional.empty();
    }
    int written = frame.getInt(8);
    ByteBuffer payload = window.at(offset + FRAME_BYTES, length);
    return checksum(length, payload) == written ? Optional.of(payload) : Optional.empty();
  }

  /**
   * Shows every whole record to {@code visitor}, and the stretches between them that are none.
   *
   * @return where the last whole record ends; what lies behind it is not reported as damage
   */
  long scan(Visitor visitor) throws IOException {
    try (var window = new SegmentWindow(file)) {
      long whole = Math.min(HEADER_BYTES, window.size());
      for (long at = whole; at < window.size(); ) {
        Optional<ByteBuffer> payload = read(window, at);
        if (payload.isEmpty()) {
          at++;
          continue;
        }
        if (at > whole) {
          visitor.damage(whole, at - whole);
        }
        whole = at + FRAME_BYTES + payload.get().remaining();
        visitor.record(at, payload.get());
        at = whole;
      }
      return whole;
    }
  }

  /** {@return the sequence of the record with this payload} */
  static long sequence(ByteBuffer payload) {
    return payload.getLong(1);
  }

  /** Makes a created, renamed or deleted file last. */
  static void syncDirectory(Path directory) throws IOException {
    boolean interrupted = false;
    while (true) {
      try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
        break;
      } catch (ClosedByInterruptException e) {
        interrupted = Thread.interrupted() || interrupted;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  long bytes() throws IOException {
    return Files.size(file);
  }
}
