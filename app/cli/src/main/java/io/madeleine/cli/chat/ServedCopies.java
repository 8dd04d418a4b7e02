package io.madeleine.cli.chat;

import io.madeleine.conversation.completion.StoredCompletions;
import io.madeleine.conversation.mind.StoredMinds;
import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.identity.ConversationKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the server derived from conversations, in the data folder that it shares with the chat. Only
 * for who holds the lock of the history there.
 *
 * @param data the folder
 */
record ServedCopies(Path data) {

  /**
   * Deletes what holds words of a conversation. {@return whether that took the index, which is of
   * all conversations: the server makes it anew, from the history}
   *
   * @throws RuntimeException what failed first, once all else is deleted
   */
  boolean forget(ConversationKey key) {
    Path index = data.resolve("index");
    boolean indexed = Files.exists(index);
    var failures = new Failures();
    failures.trying(() -> StoredMinds.delete(data, key));
    failures.trying(() -> StoredCompletions.delete(data.resolve("completions"), key));
    failures.trying(() -> delete(index));
    failures.throwFirst();
    return indexed;
  }

  private static void delete(Path directory) {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "%s cannot be deleted, and holds what was forgotten: delete it by hand"
              .formatted(directory),
          e);
    }
  }
}
