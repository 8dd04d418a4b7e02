package io.madeleine.conversation.mind;

import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.episode.EpisodeList;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
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

  private static final String EPISODES = "episodes";

  static MindFiles of(Path root, ConversationKey key) {
    return new MindFiles(ofTenant(root, key.tenant()).resolve(hash(key.id())));
  }

  static Path ofTenant(Path root, Tenant tenant) {
    return root.resolve("minds").resolve(hash(tenant.id()));
  }

  /** {@return the files that an erasure concerns: a conversation's or all of a tenant's} */
  static Path whose(Path root, Erasure request) {
    return switch (request) {
      case Erasure.OfTenant(Tenant tenant) -> ofTenant(root, tenant);
      case Erasure.OfTime(Tenant tenant, var _, var _) -> ofTenant(root, tenant);
      case Erasure.OfConversation(ConversationKey key) -> of(root, key).directory();
      case Erasure.OfTurn(ConversationKey key, long _) -> of(root, key).directory();
    };
  }

  /** {@return every episode that is listed somewhere under {@code directory}, open or not} */
  static List<Episode> episodesUnder(Path directory) {
    if (!Files.exists(directory)) {
      return List.of();
    }
    List<Episode> episodes = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path list : files.filter(file -> file.endsWith(EPISODES)).toList()) {
        episodes.addAll(EpisodeList.open(list, 0).all());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the episodes under %s cannot be listed: mend the disk and erase again"
              .formatted(directory),
          e);
    }
    return episodes;
  }

  Path tokens() {
    return directory.resolve("tokens");
  }

  /** The instruction that the last turn was said under. */
  Path instruction() {
    return directory.resolve("instruction");
  }

  Path episodes() {
    return directory.resolve(EPISODES);
  }

  /** What an embedder said of the episodes. */
  Path topicVectors() {
    return directory.resolve("topic-vectors");
  }

  /** Deletes what was derived from turns; what the operator told stays. */
  void deleteDerived() {
    list(directory).stream().filter(file -> !file.equals(instruction())).forEach(MindFiles::delete);
  }

  /** {@return the files of every conversation of a tenant, whose directory this is} */
  static List<MindFiles> under(Path tenants) {
    return list(tenants).stream().map(MindFiles::new).toList();
  }

  private static List<Path> list(Path directory) {
    if (!Files.exists(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + directory, e);
    }
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
