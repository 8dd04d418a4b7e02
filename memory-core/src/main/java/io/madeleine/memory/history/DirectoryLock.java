package io.madeleine.memory.history;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Says that this process alone writes in a directory. The operating system lets go of it when the
 * process dies, however it dies.
 *
 * <p>On Linux and macOS it lets go too as soon as the process closes the file once more, whoever
 * opened it and what for. So the directories that this process holds are known by name, and of
 * those nobody opens the file again, not even to be refused. A copy of this class that another
 * class loader has loaded does not know them. Its channel does no more than lock: under a thread
 * that is interrupted it would close itself as soon as it wrote.
 */
final class DirectoryLock implements AutoCloseable {

  /** Real paths: a directory has one, however many names lead to it. */
  private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

  private final Path held;
  private final RandomAccessFile file;

  private DirectoryLock(Path held, RandomAccessFile file) {
    this.held = held;
    this.file = file;
  }

  /**
   * {@return the lock of {@code directory}, which is created where there is none}
   *
   * @throws LogException if it is held already, by whichever process, or cannot be written
   */
  static DirectoryLock take(Path directory) {
    try {
      Files.createDirectories(directory);
      Path real = directory.toRealPath();
      if (!HELD_HERE.add(real)) {
        throw inUse(directory, ProcessHandle.current().pid() + ", this one");
      }
      try {
        return open(directory, real);
      } catch (IOException | RuntimeException | Error e) {
        HELD_HERE.remove(real);
        throw e;
      }
    } catch (IOException e) {
      throw new LogException(
          directory,
          "cannot be written",
          "Choose another directory, change its permissions, or make room if the disk is full",
          e);
    }
  }

  private static DirectoryLock open(Path directory, Path real) throws IOException {
    var file = new RandomAccessFile(real.resolve("lock").toFile(), "rw");
    try {
      if (tryLock(file.getChannel()) == null) {
        throw inUse(directory, owner(file));
      }
      byte[] pid = Long.toString(ProcessHandle.current().pid()).getBytes(US_ASCII);
      file.write(pid); // over the last one's: a full disk may give no room a second time
      file.setLength(pid.length);
      return new DirectoryLock(real, file);
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  private static LogException inUse(Path directory, String process) {
    return new LogException(
        directory,
        "is in use by process " + process,
        "One process at a time may write here, and it opens the directory once: end the other one,"
            + " close what has it open, or choose another directory");
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // this very process holds it, by another copy of this class
    }
  }

  private static String owner(RandomAccessFile file) throws IOException {
    byte[] pid = new byte[20];
    String written = new String(pid, 0, Math.max(0, file.read(pid)), US_ASCII);
    return written.isEmpty() ? "(it has not said which)" : written;
  }

  /** One at a time, and once: the name may be another lock's by the second call. */
  @Override
  public synchronized void close() {
    if (!file.getChannel().isOpen()) {
      return;
    }
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      HELD_HERE.remove(held); // not before: whoever took it meanwhile would lose it again
    }
  }
}
