package io.madeleine.conversation.mind;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the derived files of a conversation are. Names are hashes: no id, whatever characters it
 * has, leads out of the directory, and none can be read from it.
 *
 * @param directory of this conversation alone
 */
record MindFiles(Path directory) {

  static MindFiles of(Path root, ConversationKey key) {
    return new MindFiles(ofTenant(root, key.tenant()).resolve(hash(key.id())));
  }

  static Path ofTenant(Path root, Tenant tenant) {
    return root.resolve("minds").resolve(hash(tenant.id()));
  }

  Path tokens() {
    return directory.resolve("tokens");
  }

  /** The instruction that the last turn was said under. */
  Path instruction() {
    return directory.resolve("instruction");
  }

  Path episodes() {
    return directory.resolve("episodes");
  }

  /** What an embedder said of the episodes. */
  Path topicVectors() {
    return directory.resolve("topic-vectors");
  }

  /** Deletes a directory and what is in it. */
  static void delete(Path directory) {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + directory, e);
    }
  }

  private static String hash(String id) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256; should not happen", e);
    }
  }
}
