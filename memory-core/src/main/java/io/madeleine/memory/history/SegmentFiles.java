package io.madeleine.memory.history;

import io.madeleine.memory.failure.Leftovers;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.Lock;
import java.util.function.LongPredicate;

/**
 * The files of a log, the last of which grows. Writing is guarded by its owner, and so is that
 * nobody {@link #read reads} while a file takes another's place. Else anybody may read.
 */
final class SegmentFiles implements AutoCloseable {

  private final Path directory;
  private final LogOptions options;
  private final NavigableMap<Integer, Segment> segments = new ConcurrentSkipListMap<>();
  private RandomAccessFile writer;
  private long end;

  /** What is told about every record while opening, file by file, oldest first. */
  interface Visitor {
    void record(long position, ByteBuffer payload);

    void damage(LogReport.Damage damage);

    void torn(long bytes);
  }

  private SegmentFiles(Path directory, LogOptions options, RandomAccessFile none) {
    this.directory = directory;
    this.options = options;
    this.writer = none;
  }

  static SegmentFiles open(Path directory, LogOptions options, Visitor visitor) throws IOException {
    List<Path> paths = list(directory);
    long salt = new SecureRandom().nextLong();
    for (Path path : paths) {
      salt = Segment.salt(path).orElse(salt);
    }
    int last = paths.isEmpty() ? 1 : ordinal(paths.getLast());
    Path growing = Segment.path(directory, last);
    if (paths.isEmpty() || Files.size(growing) < Segment.HEADER_BYTES) {
      Segment.create(directory, last, salt);
    }
    var files = new SegmentFiles(directory, options, new RandomAccessFile(growing.toFile(), "rw"));
    for (Path path : paths) {
      files.scan(new Segment(path, ordinal(path), Segment.salt(path).orElse(salt)), last, visitor);
    }
    files.segments.putIfAbsent(last, new Segment(growing, last, salt));
    boolean whole = Segment.salt(growing).isPresent();
    files.end = whole ? files.writer.length() : options.segmentBytes(); // a new file comes next
    return files;
  }

  private static List<Path> list(Path directory) throws IOException {
    var paths = new ArrayList<Path>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "turns-*")) {
      for (Path path : found) {
        if (!Files.isRegularFile(path)) {
          continue; // none of ours
        }
        if (path.toString().endsWith(".new")) {
          Files.delete(path); // an erasure that was cut short; it is done again from the old file
        } else if (path.toString().endsWith(".log")) {
          paths.add(path);
        }
      }
    }
    paths.sort(null);
    return paths;
  }

  private static int ordinal(Path path) {
    String name = String.valueOf(path.getFileName());
    return Integer.parseInt(name, "turns-".length(), name.length() - ".log".length(), 10);
  }

  private void scan(Segment segment, int last, Visitor visitor) throws IOException {
    segments.put(segment.ordinal(), segment);
    long whole =
        segment.scan(
            new Segment.Visitor() {
              @Override
              public void record(long offset, ByteBuffer payload) {
                visitor.record(TurnOffsets.position(segment.ordinal(), offset), payload);
              }

              @Override
              public void damage(long offset, long bytes) {
                visitor.damage(new LogReport.Damage(segment.file(), offset, bytes));
              }
            });
    long rest = segment.bytes() - whole;
    if (rest > 0 && segment.ordinal() == last && Segment.salt(segment.file()).isPresent()) {
      writer.setLength(whole);
      writer.getFD().sync();
      visitor.torn(rest);
    } else if (rest > 0) {
      visitor.damage(new LogReport.Damage(segment.file(), whole, rest));
    }
  }

  int count() {
    return segments.size();
  }

  /** {@return the file that grows; a new one if the last is full} */
  Segment growing() throws IOException {
    if (end >= options.segmentBytes()) {
      Segment full = segments.lastEntry().getValue();
      int next = full.ordinal() + 1;
      Segment fresh = Segment.create(directory, next, full.salt());
      writer.close();
      writer = new RandomAccessFile(fresh.file().toFile(), "rw");
      end = writer.length();
      segments.put(next, fresh);
    }
    return segments.lastEntry().getValue();
  }

  long end() {
    return end;
  }

  /** Writes {@code bytes} behind the last record and waits until the disk has them. */
  void append(byte[] bytes) throws IOException {
    writer.seek(end);
    writer.write(bytes);
    writer.getFD().sync();
    end += bytes.length;
  }

  /** Takes back what a failed {@link #append} left behind. */
  void cutBack() throws IOException {
    writer.setLength(end);
    writer.getFD().sync();
  }

  Segment segment(int ordinal) {
    Segment found = segments.get(ordinal);
    if (found == null) {
      throw new IllegalStateException("should not happen: no segment " + ordinal);
    }
    return found;
  }

  /** Told where a record lies after a rewrite. */
  interface Moved {
    void to(long sequence, long position);
  }

  /**
   * Writes a file anew without the records that are {@code erased} and without its damaged
   * stretches, of which nobody can say whose they were. If that fails, the file is as it was or
   * written anew; one can go on writing to it, or the next {@link #append} says that one cannot.
   *
   * @param nobodyReads held while the copy takes the file's place and {@code moved} is told, which
   *     is short; the copying is not, and meanwhile the file is read as it is
   * @return how many bytes shorter it is
   */
  long rewrite(int ordinal, LongPredicate erased, Lock nobodyReads, Moved moved)
      throws IOException {
    Segment old = segment(ordinal);
    Path fresh = old.file().resolveSibling(old.file().getFileName() + ".new");
    long before = old.bytes();
    var kept = new ArrayList<long[]>();
    try {
      long after = copy(old, fresh, erased, kept);
      replace(
          old,
          fresh,
          after,
          nobodyReads,
          () -> kept.forEach(k -> moved.to(k[0], TurnOffsets.position(ordinal, k[1]))));
      return before - after;
    } catch (IOException | RuntimeException | Error e) {
      Leftovers.delete(fresh, e);
      throw e;
    }
  }

  /** {@return how many bytes the copy has, all of them on the disk} */
  private static long copy(Segment old, Path fresh, LongPredicate erased, List<long[]> kept)
      throws IOException {
    try (var out = new RandomAccessFile(fresh.toFile(), "rw")) {
      out.setLength(0);
      out.write(Segment.header(old.salt()));
      old.scan(copyTo(out, old, erased, kept));
      out.getFD().sync();
      return out.length();
    }
  }

  /** On some systems nobody may have a file open while another takes its place. */
  private void replace(Segment old, Path fresh, long after, Lock nobodyReads, Runnable replaced)
      throws IOException {
    boolean grows = old.equals(segments.lastEntry().getValue());
    try {
      if (grows) {
        writer.close();
      }
      nobodyReads.lock();
      try {
        Files.move(fresh, old.file(), StandardCopyOption.ATOMIC_MOVE);
        end = grows ? after : end;
        replaced.run();
      } finally {
        nobodyReads.unlock();
      }
    } finally {
      if (grows) {
        writer = new RandomAccessFile(old.file().toFile(), "rw"); // whichever of the two is there
      }
    }
    Segment.syncDirectory(directory);
  }

  private static Segment.Visitor copyTo(
      RandomAccessFile out, Segment segment, LongPredicate erased, List<long[]> kept) {
    return new Segment.Visitor() {
      @Override
      public void record(long offset, ByteBuffer payload) throws IOException {
        byte kind = payload.get(0);
        long sequence = Segment.sequence(payload);
        if (kind == Segment.TURN && erased.test(sequence)) {
          return;
        }
        if (kind == Segment.TURN) {
          kept.add(new long[] {sequence, out.getFilePointer()});
        }
        byte[] body = new byte[payload.remaining() - Segment.PAYLOAD_HEAD_BYTES];
        payload.get(Segment.PAYLOAD_HEAD_BYTES, body);
        out.write(segment.frame(kind, sequence, payload.getInt(9), body));
      }

      @Override
      public void damage(long offset, long bytes) {}
    };
  }

  /** {@return the payload at {@code position}, or empty if it is damaged} */
  Optional<ByteBuffer> read(long position) throws IOException {
    Segment segment = segment(TurnOffsets.ordinal(position));
    try (var window = new SegmentWindow(segment.file(), 1 << 12)) {
      return segment.read(window, TurnOffsets.offset(position));
    }
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
