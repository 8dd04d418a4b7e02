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
import org.jspecify.annotations.Nullable;

/**
 * Says that this process alone writes in a directory. The operating system lets go of it when the
 * process dies, however it dies.
 */
final class DirectoryLock implements AutoCloseable {

  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  static DirectoryLock take(Path directory) {
    Path file = directory.resolve("lock");
    try {
      Files.createDirectories(directory);
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      try {
        return lock(directory, channel);
      } catch (IOException | RuntimeException e) {
        channel.close();
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

  private static DirectoryLock lock(Path directory, FileChannel channel) throws IOException {
    if (tryLock(channel) == null) {
      throw new LogException(
          directory,
          "is in use by process " + owner(channel),
          "One process at a time may write here: end the other one or choose another directory");
    }
    ByteBuffer pid = US_ASCII.encode(Long.toString(ProcessHandle.current().pid()));
    channel.write(pid, 0); // over the last one's: a full disk may give no room a second time
    channel.truncate(pid.limit());
    return new DirectoryLock(channel);
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // this very process holds it
    }
  }

  private static String owner(FileChannel channel) throws IOException {
    ByteBuffer pid = ByteBuffer.allocate(20);
    channel.read(pid, 0);
    String written = US_ASCII.decode(pid.flip()).toString();
    return written.isEmpty() ? "(it has not said which)" : written;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
