package io.madeleine.memory.store;

import io.madeleine.memory.failure.Leftovers;
import io.madeleine.memory.identity.Tenant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Spans as files, one for each, encrypted under their tenant's key, within a budget of bytes: the
 * least recently used go when it is full. A file is written beside its place and moved there, so
 * that it is whole or not there at all.
 *
 * <p>Only writing drops anything, and about twice as much as it writes at the most. So a directory
 * that holds more than the budget, since whoever had it before had a larger one, is whole when it
 * is opened, and shrinks as it is written to.
 *
 * <p>Any thread may use it. One process at a time may own a directory.
 */
public final class DiskSpans {

  private static final String SUFFIX = ".span";

  private final Path directory;
  private final TenantKeys keys;
  private final long byteBudget;
  private final LinkedHashMap<Path, Long> sizes = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  /**
   * Opens a directory, and takes over what lies in it, all of it, however much that is.
   *
   * @throws IllegalArgumentException if the budget is below 1
   * @throws StoreException if the directory cannot be read
   */
  public DiskSpans(Path directory, TenantKeys keys, long byteBudget) {
    if (byteBudget < 1) {
      throw new IllegalArgumentException(
          "spans on disk need a budget of at least 1 byte, but have " + byteBudget);
    }
    this.directory = directory;
    this.keys = keys;
    this.byteBudget = byteBudget;
    takeOver();
  }

  /**
   * Writes a span's bytes, and drops others until the budget holds, or twice as many bytes as were
   * written are gone. A span that is larger than the whole budget is not kept, nor what was there
   * of it; the others stay.
   *
   * @throws StoreException if it cannot be written
   */
  public void put(Tenant tenant, SpanId id, byte[] plain) {
    byte[] sealed = keys.seal(tenant, id, plain);
    Path file = file(tenant, id);
    if (sealed.length > byteBudget) {
      delete(file);
      return;
    }
    try {
      Files.createDirectories(file.getParent());
      write(sealed, file);
    } catch (IOException e) {
      throw new StoreException("span %s could not be written to %s".formatted(id.hex(), file), e);
    }
    note(file, sealed.length);
  }

  private void write(byte[] sealed, Path file) throws IOException {
    Path draft = Files.createTempFile(directory, "span", ".draft");
    try {
      Files.write(draft, sealed);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException | RuntimeException | Error e) {
      Leftovers.delete(draft, e);
      throw e;
    }
  }

  /**
   * {@return a span's bytes as they were put, or empty when there are none}
   *
   * @throws StoreException if they cannot be decrypted: the file is deleted then; or if they or
   *     their key cannot be read, which is {@linkplain StoreException#isPassing passing}: it stays
   */
  public Optional<byte[]> get(Tenant tenant, SpanId id) {
    Path file = file(tenant, id);
    try {
      byte[] sealed = Files.readAllBytes(file);
      touch(file);
      return Optional.of(keys.open(tenant, id, sealed));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new StoreException("span %s could not be read from %s".formatted(id.hex(), file), e);
    } catch (StoreException e) {
      delete(file);
      throw e;
    }
  }

  /** {@return whether there is a file for it} */
  public synchronized boolean has(Tenant tenant, SpanId id) {
    return sizes.containsKey(file(tenant, id));
  }

  /** {@return the spans of a tenant that are there} */
  public synchronized Set<SpanId> ids(Tenant tenant) {
    Path folder = directory.resolve(TenantNames.of(tenant));
    return sizes.keySet().stream()
        .filter(file -> file.startsWith(folder))
        .map(file -> new SpanId(file.getFileName().toString().replace(SUFFIX, "")))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Deletes what was written before an instant, of all tenants. */
  public synchronized void forgetBefore(Instant oldest) {
    for (Path file : List.copyOf(sizes.keySet())) {
      try {
        if (Files.getLastModifiedTime(file).toInstant().isBefore(oldest)) {
          delete(file);
        }
      } catch (IOException e) {
        throw new StoreException("the age of %s could not be read".formatted(file), e);
      }
    }
  }

  /** Deletes one span; nothing happens when there is none. */
  public void remove(Tenant tenant, SpanId id) {
    delete(file(tenant, id));
  }

  /** Deletes a tenant's key first, so that copies are noise, and then its files. */
  public void forget(Tenant tenant) {
    keys.forget(tenant);
    Path folder = directory.resolve(TenantNames.of(tenant));
    for (Path file : files(folder)) {
      delete(file);
    }
  }

  /**
   * Forgets every tenant but these, their keys first: for whoever starts, and may have been killed
   * while it forgot one.
   */
  public synchronized void keepOnly(Collection<Tenant> tenants) {
    keys.keepOnly(tenants);
    Set<Path> kept =
        tenants.stream().map(TenantNames::of).map(Path::of).collect(Collectors.toSet());
    List.copyOf(sizes.keySet()).stream()
        .filter(file -> !kept.contains(directory.relativize(file).getName(0)))
        .forEach(this::delete);
  }

  /**
   * {@return bytes of the files in a directory of spans, which need not be there, nor be open}
   *
   * @throws StoreException if it cannot be read
   */
  public static long bytesIn(Path directory) {
    return files(directory).stream().mapToLong(file -> file.toFile().length()).sum();
  }

  /** {@return bytes on disk} */
  public synchronized long bytes() {
    return bytes;
  }

  private synchronized void note(Path file, long size) {
    Long before = sizes.put(file, size);
    bytes += size - (before == null ? 0 : before);
    long dropped = 0;
    Iterator<Map.Entry<Path, Long>> oldest = sizes.entrySet().iterator();
    while (bytes > byteBudget && dropped < 2 * size && oldest.hasNext()) {
      Map.Entry<Path, Long> entry = oldest.next();
      oldest.remove();
      bytes -= entry.getValue();
      dropped += entry.getValue();
      deleteFile(entry.getKey());
    }
  }

  private synchronized void touch(Path file) {
    sizes.get(file);
  }

  private synchronized void delete(Path file) {
    Long size = sizes.remove(file);
    bytes -= size == null ? 0 : size;
    deleteFile(file);
  }

  private static void deleteFile(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new StoreException("%s could not be deleted".formatted(file), e);
    }
  }

  private void takeOver() {
    for (Path file : oldestFirst(files(directory))) {
      try {
        if (file.toString().endsWith(SUFFIX)) {
          takeOver(file, Files.size(file));
        } else if (file.toString().endsWith(".draft")) {
          Files.delete(file);
        }
      } catch (IOException e) {
        throw new StoreException("%s could not be taken over".formatted(file), e);
      }
    }
  }

  /** One that the budget cannot hold is the first to go, or it would push out all the others. */
  private synchronized void takeOver(Path file, long size) {
    if (size > byteBudget) {
      sizes.putFirst(file, size);
    } else {
      sizes.put(file, size);
    }
    bytes += size;
  }

  /** What was written first was, as far as files tell, used the longest ago. */
  private static List<Path> oldestFirst(List<Path> files) {
    var written = new HashMap<Path, FileTime>();
    for (Path file : files) {
      try {
        written.put(file, Files.getLastModifiedTime(file));
      } catch (IOException e) {
        throw new StoreException("the age of %s could not be read".formatted(file), e);
      }
    }
    return files.stream()
        .sorted(Comparator.comparing(file -> written.getOrDefault(file, FileTime.fromMillis(0))))
        .toList();
  }

  private static List<Path> files(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException | UncheckedIOException e) {
      throw new StoreException("%s could not be read".formatted(folder), e);
    }
  }

  private Path file(Tenant tenant, SpanId id) {
    return directory
        .resolve(TenantNames.of(tenant))
        .resolve(id.hex().substring(0, 2))
        .resolve(id.hex() + SUFFIX);
  }
}
