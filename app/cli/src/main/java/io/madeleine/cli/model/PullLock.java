package io.madeleine.cli.model;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/**
 * Says to other processes that a file is being pulled. The operating system lets go when the
 * process ends, however it ends.
 *
 * <p>A byte of {@code pull.lock} for each name, since a lock file of each file's own could not be
 * deleted without somebody having it open.
 */
final class PullLock implements AutoCloseable {

  private static final String NAME = "pull.lock";

  private final FileChannel channel;

  private PullLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * {@return the lock of {@code file}, held}
   *
   * @throws RefusedException if somebody holds it already
   * @throws IOException if the directory cannot be written, or has no locks
   */
  static PullLock of(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file.resolveSibling(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean held = false;
    try {
      held = isFree(channel, file);
    } finally {
      if (!held) {
        channel.close();
      }
    }
    if (!held) {
      throw new RefusedException(
          "%s is being pulled by another process: wait until that one is done, or end it and run the same command to go on"
              .formatted(file));
    }
    return new PullLock(channel);
  }

  private static boolean isFree(FileChannel channel, Path file) throws IOException {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    try {
      long position = Integer.toUnsignedLong(name.hashCode());
      return channel.tryLock(position, /* size= */ 1, /* shared= */ false) != null;
    } catch (OverlappingFileLockException e) {
      return false; // this very process holds it
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
