package io.madeleine.conversation.mind;

import io.madeleine.engine.digest.Sha256;
import io.madeleine.memory.episode.EpisodeList;
import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.store.SpanId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Where the derived files of a conversation are. Names are hashes: no id, whatever characters it
 * has, leads out of the directory, and none can be read from it.
 *
 * @param directory of this conversation alone
 */
record MindFiles(Path directory) {

  private static final System.Logger LOG = System.getLogger(MindFiles.class.getName());
  private static final int NAME_DIGITS = 32; // hexadecimal: half of a digest

  static MindFiles of(Path root, ConversationKey key) {
    return new MindFiles(ofTenant(root, key.tenant()).resolve(hash(key.id())));
  }

  static Path ofTenant(Path root, Tenant tenant) {
    return root.resolve("minds").resolve(hash(tenant.id()));
  }

  /** {@return the files that an erasure concerns: a conversation's or all of a tenant's} */
  private static List<MindFiles> whose(Path root, Erasure request) {
    return switch (request) {
      case Erasure.OfTenant(Tenant tenant) -> under(ofTenant(root, tenant));
      case Erasure.OfTime(Tenant tenant, var _, var _) -> under(ofTenant(root, tenant));
      case Erasure.OfConversation(ConversationKey key) -> List.of(of(root, key));
      case Erasure.OfTurn(ConversationKey key, long _) -> List.of(of(root, key));
    };
  }

  /**
   * {@return how many episodes an erasure concerns, open or not} What cannot be read is not counted
   * here: whoever needs it says so.
   */
  static long episodesOf(Path root, Erasure request) {
    long episodes = 0;
    for (MindFiles each : whose(root, request)) {
      try {
        episodes += EpisodeList.ids(each.episodes()).size();
      } catch (IOException e) {
        LOG.log(Level.WARNING, "not counted: {0}", e.toString());
      }
    }
    return episodes;
  }

  /** {@return the ids of the episodes that are listed, open or not} */
  private List<SpanId> listed() {
    try {
      return EpisodeList.ids(episodes()).stream().map(SpanId::new).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(
          ("the list of episodes %s cannot be read, so their keys and values stay: mend the disk and"
                  + " erase again; erasing all of the tenant takes them without it")
              .formatted(episodes()),
          e);
    }
  }

  Path tokens() {
    return directory.resolve("tokens");
  }

  /** The instruction that holds from the next turn on. */
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

  /**
   * Deletes what is kept of a conversation, whichever part of it fails: what was said first, and
   * the list of episodes last, so that whoever tries again still knows of all that is left.
   *
   * @param told whether what the operator told goes as well
   * @param keysAndValues deletes those of an episode
   * @throws UncheckedIOException if the list cannot be read or a file not be deleted
   */
  void delete(boolean told, Consumer<SpanId> keysAndValues) {
    var failures = new Failures();
    list(directory).stream()
        .filter(file -> !file.equals(episodes()) && (told || !file.equals(instruction())))
        .forEach(file -> failures.trying(() -> delete(file)));
    failures.trying(() -> listed().forEach(id -> failures.trying(() -> keysAndValues.accept(id))));
    failures.throwFirst();
    delete(told ? directory : episodes());
  }

  /** Deletes what was derived from turns; what the operator told stays. */
  void deleteDerived() {
    list(directory).stream().filter(file -> !file.equals(instruction())).forEach(MindFiles::delete);
  }

  /** {@return the directories of all tenants of whom something is stored} */
  static List<Path> tenants(Path root) {
    return list(root.resolve("minds")).stream().filter(Files::isDirectory).toList();
  }

  /** {@return the files of every conversation of a tenant, whose directory this is} */
  static List<MindFiles> under(Path tenants) {
    return list(tenants).stream().map(MindFiles::new).toList();
  }

  private static List<Path> list(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    } catch (NoSuchFileException e) {
      return List.of(); // or not any more: another conversation may be erased meanwhile
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
    return Sha256.hex(id.getBytes(StandardCharsets.UTF_8)).substring(0, NAME_DIGITS);
  }
}
