package io.madeleine.memory.history;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
 * class loader has loaded does not know them.
 */
final class DirectoryLock implements AutoCloseable {

  /** Real paths: a directory has one, however many names lead to it. */
  private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

  private final Path held;
  private final FileChannel channel;

  private DirectoryLock(Path held, FileChannel channel) {
    this.held = held;
    this.channel = channel;
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
    FileChannel channel =
        FileChannel.open(
            real.resolve("lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    try {
      if (tryLock(channel) == null) {
        throw inUse(directory, owner(channel));
      }
      ByteBuffer pid = US_ASCII.encode(Long.toString(ProcessHandle.current().pid()));
      channel.write(pid, 0); // over the last one's: a full disk may give no room a second time
      channel.truncate(pid.limit());
      return new DirectoryLock(real, channel);
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
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

  private static String owner(FileChannel channel) throws IOException {
    ByteBuffer pid = ByteBuffer.allocate(20);
    channel.read(pid, 0);
    String written = US_ASCII.decode(pid.flip()).toString();
    return written.isEmpty() ? "(it has not said which)" : written;
  }

  /** One at a time, and once: the name may be another lock's by the second call. */
  @Override
  public synchronized void close() {
    if (!channel.isOpen()) {
      return;
    }
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      HELD_HERE.remove(held); // not before: whoever took it meanwhile would lose it again
    }
  }
}
