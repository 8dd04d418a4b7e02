package io.madeleine.conversation.mind;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.store.DiskSpans;
import io.madeleine.memory.store.TenantKeys;
import java.nio.file.Path;
import java.security.SecureRandom;

/**
 * What {@link EpisodicConversations} keep in a directory, for whoever erases turns there while none
 * are open. Only for who holds the lock of the log beside it.
 */
public final class StoredMinds {

  private StoredMinds() {}

  /**
   * Deletes what is kept of a conversation: keys and values of its episodes, their list, tokens and
   * what the operator told. Nothing happens where there is none.
   *
   * @param directory that the conversations derive into
   * @throws java.io.UncheckedIOException if a file cannot be read or deleted; the message names it
   * @throws io.madeleine.memory.store.StoreException likewise for keys and values
   */
  public static void delete(Path directory, ConversationKey key) {
    var keys = new TenantKeys(directory.resolve("keys"), new SecureRandom());
    var spans = new DiskSpans(directory.resolve("spans"), keys, Long.MAX_VALUE);
    MindFiles.of(directory, key)
        .delete(/* told= */ true, episode -> spans.remove(key.tenant(), episode));
  }
}
