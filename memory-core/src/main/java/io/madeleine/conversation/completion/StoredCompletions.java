package io.madeleine.conversation.completion;

import io.madeleine.memory.identity.ConversationKey;
import java.nio.file.Path;

/**
 * What {@link Completions} keep on disk, for whoever erases turns there while none are open. Only
 * for who holds the lock of the log beside it.
 */
public final class StoredCompletions {

  private StoredCompletions() {}

  /**
   * Deletes the caches of a program that are parked there, and those of its tenant of which nobody
   * can tell whose they are; all others stay, and so does what cannot be read at the moment.
   * Nothing happens where there is none.
   *
   * @param directory that the completions keep caches in, as {@link CacheKeeping#withDisk} takes it
   * @throws io.madeleine.memory.store.StoreException if a file cannot be read or deleted; the
   *     message names it
   */
  public static void delete(Path directory, ConversationKey program) {
    ParkedCaches.delete(parked(directory), program);
  }

  static Path parked(Path directory) {
    return directory.resolve("parked");
  }
}
