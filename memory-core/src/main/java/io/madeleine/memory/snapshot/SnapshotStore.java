package io.madeleine.memory.snapshot;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.madeleine.engine.digest.Sha256;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvSnapshotException;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.memory.failure.Leftovers;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.store.DamagedException;
import io.madeleine.memory.store.SealedBlocks;
import io.madeleine.memory.store.SteadyChannels;
import io.madeleine.memory.store.StoreException;
import io.madeleine.memory.store.TenantKeys;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * One snapshot for each conversation, in a directory with a byte budget: when it is full, what was
 * not used for the longest time goes first. Names of files are hashes; nobody's id becomes a path.
 * All that stands in them is encrypted under the tenant's key: who forgets the tenant has forgotten
 * its snapshots, copies included.
 *
 * <p>Any thread may call it, one at a time for each conversation. The directory belongs to whoever
 * holds the lock of the log beside it.
 */
public final class SnapshotStore {

  private static final String WHOLE = ".kv";
  private static final String ASIDE = ".damaged";
  private static final String UNFINISHED = ".part";
  private static final int NAME_DIGITS = 32; // hexadecimal: half of a digest

  private final Path directory;
  private final long byteBudget;
  private final TenantKeys keys;
  private final Clock clock;

  /**
   * Opens a directory, and deletes what a process that was killed had half written there.
   *
   * @param directory made when the first snapshot is saved
   * @param keys what is saved is encrypted under
   * @param byteBudget the most bytes that all snapshots together may take, at least 0; while one is
   *     written, the one that it replaces lies beside it
   * @throws IllegalArgumentException if the budget is negative
   * @throws UncheckedIOException if the directory cannot be listed, or a half of a file stays
   */
  public SnapshotStore(Path directory, TenantKeys keys, long byteBudget, Clock clock) {
    if (byteBudget < 0) {
      throw new IllegalArgumentException(
          "the snapshots' byte budget must not be negative, but was " + byteBudget);
    }
    this.directory = directory;
    this.keys = keys;
    this.byteBudget = byteBudget;
    this.clock = clock;
    delete(files(directory, "").stream().filter(SnapshotStore::isUnfinished).toList());
  }

  /**
   * Saves a cache: complete under its name, or not at all. Those that were not used for the longest
   * time make room for it, unless the budget would not even hold it alone.
   *
   * @return why it was not saved, as a sentence for a person; empty when it was
   */
  public Optional<String> save(SnapshotHeader header, KvCache cache) {
    Path file = file(header.conversation(), WHOLE);
    try {
      ByteBuffer encoded = SnapshotCodec.encoded(header);
      long bytes = SealedBlocks.bytes(encoded.remaining() + cache.writtenBytes());
      if (bytes > byteBudget) {
        return Optional.of(
            "the keys and values take %,d bytes on disk and snapshots may take %,d: raise the budget"
                .formatted(bytes, byteBudget));
      }
      makeRoom(file, _ -> bytes); // first: the disk may have no more than the budget
      write(header.conversation(), encoded, cache, file);
      used(file);
      makeRoom(file, SnapshotStore::size); // others saved at the same time
      return Optional.empty();
    } catch (IOException | UncheckedIOException | StoreException e) {
      return Optional.of("the keys and values could not be saved: " + e);
    }
  }

  private void write(ConversationKey key, ByteBuffer header, KvCache cache, Path file)
      throws IOException {
    Path unfinished = file.resolveSibling(file.getFileName() + UNFINISHED);
    Files.createDirectories(file.resolveSibling(""));
    try {
      try (OutputStream bytes = Files.newOutputStream(unfinished);
          WritableByteChannel out = sealed(key).into(SteadyChannels.of(bytes))) {
        out.write(header);
        cache.writeTo(out);
      }
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException | Error e) {
      Leftovers.delete(unfinished, e);
      throw e;
    }
  }

  private SealedBlocks sealed(ConversationKey conversation) {
    return new SealedBlocks(keys, conversation.tenant(), hash(conversation.id()));
  }

  /**
   * {@return the snapshot of a conversation} One that is damaged is renamed, so that nobody trips
   * over it again. One that cannot be read at the moment stays for the next time.
   *
   * @param model the fingerprint that it must have
   * @param type how its numbers must be stored
   * @param pool where its pages go
   * @throws io.madeleine.engine.kv.PoolExhaustedException if it does not fit
   */
  public Found find(ConversationKey conversation, String model, KvType type, PagePool pool) {
    Path file = file(conversation, WHOLE);
    try (InputStream bytes = Files.newInputStream(file);
        ReadableByteChannel in = sealed(conversation).from(SteadyChannels.of(bytes))) {
      SnapshotHeader header = SnapshotCodec.read(in);
      Optional<String> foreign = foreign(header, conversation, model, type);
      if (foreign.isPresent()) {
        return new Found.Unusable(foreign.get());
      }
      // First, or the snapshots that make room for this one push it out as the oldest of all.
      used(file);
      return checked(header, KvCache.readFrom(in, pool));
    } catch (NoSuchFileException e) {
      return new Found.Nothing();
    } catch (EOFException | DamagedException | KvSnapshotException e) {
      return new Found.Unusable(setAside(file, e));
    } catch (IOException e) {
      return new Found.Unusable(
          "the snapshot cannot be read at the moment and stays for the next time: " + e);
    }
  }

  private static Found checked(SnapshotHeader header, KvCache cache) {
    if (!cache.shape().equals(header.shape()) || cache.length() != header.tokens().size()) {
      cache.close();
      return new Found.Unusable("the snapshot's keys and values are not those of its tokens");
    }
    return new Found.Whole(header, cache);
  }

  private static Optional<String> foreign(
      SnapshotHeader header, ConversationKey conversation, String model, KvType type) {
    if (!header.conversation().equals(conversation)) {
      return Optional.of("the snapshot is of another conversation");
    }
    if (!header.model().equals(model)) {
      return Optional.of("the snapshot was made by another model");
    }
    return header.type() == type
        ? Optional.empty()
        : Optional.of("the snapshot holds %s and %s is wanted".formatted(header.type(), type));
  }

  private static String setAside(Path file, IOException why) {
    Path aside = file.resolveSibling(file.getFileName() + ASIDE);
    try {
      Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      return "the snapshot cannot be read (%s) nor moved (%s)".formatted(why, e);
    }
    return "the snapshot is damaged (%s) and was set aside".formatted(why.getMessage());
  }

  /**
   * Deletes what may hold turns that were erased: a conversation's snapshot, or all of a tenant.
   */
  public void remove(Erasure erased) {
    switch (erased) {
      case Erasure.OfTurn(ConversationKey key, long _) -> remove(key);
      case Erasure.OfConversation(ConversationKey key) -> remove(key);
      case Erasure.OfTenant(Tenant tenant) -> remove(tenant);
      case Erasure.OfTime(Tenant tenant, var _, var _) -> remove(tenant);
    }
  }

  /** Deletes what is there of a conversation. */
  public void remove(ConversationKey conversation) {
    delete(files(tenant(conversation.tenant()), hash(conversation.id())));
  }

  /** Deletes a tenant's key first, so that copies are noise, and then what is there of it. */
  public void remove(Tenant tenant) {
    keys.forget(tenant);
    delete(files(tenant(tenant), ""));
  }

  /**
   * Deletes what is there of conversations of which the log has no turn: for whoever starts, and
   * may have been killed while it forgot one.
   *
   * @throws UncheckedIOException if the directory cannot be listed, or a file not be deleted
   */
  public void keepOnly(TurnLog log) {
    List<Path> there = files(directory, ""); // first: what comes later is of a turn in the log
    if (there.isEmpty()) {
      return;
    }
    Set<Path> known =
        log.tenants().stream()
            .flatMap(tenant -> log.conversations(tenant).stream())
            .map(key -> file(key, ""))
            .collect(Collectors.toSet());
    delete(there.stream().filter(file -> !known.contains(ofConversation(file))).toList());
  }

  /** {@return a file's name without what tells whether it is whole, damaged or unfinished} */
  private static Path ofConversation(Path file) {
    String name = String.valueOf(file.getFileName());
    return file.resolveSibling(name.substring(0, Math.min(NAME_DIGITS, name.length())));
  }

  /** {@return the bytes that all snapshots take} */
  public long bytes() {
    return files(directory, "").stream().mapToLong(SnapshotStore::size).sum();
  }

  /**
   * Deletes other files until one fits the budget beside them. What is being written counts, and is
   * not deleted: whoever writes it makes room himself when it is whole.
   *
   * <p>One at a time, and each asks then how large its file is: of two that were saved together and
   * do not fit, the second finds its own gone, and must not delete the other as well.
   */
  private synchronized void makeRoom(Path one, ToLongFunction<Path> bytes) {
    List<Path> others = files(directory, "").stream().filter(file -> !file.equals(one)).toList();
    long taken = bytes.applyAsLong(one) + others.stream().mapToLong(SnapshotStore::size).sum();
    List<Path> whole = others.stream().filter(file -> !isUnfinished(file)).toList();
    for (Path file : oldestFirst(whole, SnapshotStore::usedAt)) {
      if (taken <= byteBudget) {
        return;
      }
      taken -= size(file);
      delete(List.of(file));
    }
  }

  private static boolean isUnfinished(Path file) {
    return file.toString().endsWith(UNFINISHED);
  }

  /** Asks each once: others use snapshots meanwhile, and what changes has no order. */
  static List<Path> oldestFirst(List<Path> files, Function<Path, FileTime> usedAt) {
    record Used(Path file, FileTime at) {}
    return files.stream()
        .map(file -> new Used(file, usedAt.apply(file)))
        .sorted(Comparator.comparing(Used::at))
        .map(Used::file)
        .toList();
  }

  private void used(Path file) {
    try {
      Files.setLastModifiedTime(file, FileTime.from(clock.instant()));
    } catch (IOException e) {
      return; // somebody else's file: it goes sooner when room is made, and is good till then
    }
  }

  private static FileTime usedAt(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
    }
  }

  private static List<Path> files(Path under, String prefix) {
    if (!Files.isDirectory(under)) {
      return List.of();
    }
    var found = new ArrayList<Path>();
    try {
      Files.walkFileTree(
          under,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes what) {
              if (what.isRegularFile() && String.valueOf(file.getFileName()).startsWith(prefix)) {
                found.add(file);
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE; // somebody else renamed or deleted it just now
              }
              throw e;
            }
          });
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException("the snapshots in %s cannot be listed".formatted(under), e);
    }
  }

  private static void delete(List<Path> files) {
    try {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a snapshot cannot be deleted; delete it by hand", e);
    }
  }

  private Path tenant(Tenant tenant) {
    return directory.resolve(hash(tenant.id()));
  }

  private Path file(ConversationKey conversation, String suffix) {
    return tenant(conversation.tenant()).resolve(hash(conversation.id()) + suffix);
  }

  private static String hash(String id) {
    return Sha256.hex(id.getBytes(UTF_8)).substring(0, NAME_DIGITS);
  }
}
