package io.madeleine.memory.store;

import io.madeleine.memory.failure.Leftovers;
import io.madeleine.memory.identity.Tenant;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encryption at rest of keys and values, AES-256-GCM with a key of its own for every tenant. Who
 * forgets the key has forgotten everything that it wrote, wherever copies may lie
 * (crypto-shredding), but where the key was copied with it. The turn log and the index are not
 * encrypted.
 *
 * <p>Keys are files of 32 bytes in one directory. It lies in the data folder beside what it opens;
 * leave it out of backups.
 */
public final class TenantKeys {

  private static final String SUFFIX = ".key";
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  /** What sealing adds. */
  static final int SEAL_BYTES = NONCE_BYTES + TAG_BITS / 8;

  private final Path directory;
  private final SecureRandom random;

  /** Keeps its keys in {@code directory}, which is made when the first key is. */
  public TenantKeys(Path directory, SecureRandom random) {
    this.directory = directory;
    this.random = random;
  }

  /** {@return {@code plain} under the tenant's key, which is made if there is none} */
  public byte[] seal(Tenant tenant, SpanId id, byte[] plain) {
    return seal(tenant, id.hex(), plain);
  }

  /**
   * {@return {@code plain} under the tenant's key, which is made if there is none}
   *
   * @param name what it is; only who knows it can open it, so that nothing stands in for another
   */
  byte[] seal(Tenant tenant, String name, byte[] plain) {
    var nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key(tenant), nonce, name);
      byte[] sealed = cipher.doFinal(plain);
      byte[] both = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
      System.arraycopy(sealed, 0, both, NONCE_BYTES, sealed.length);
      return both;
    } catch (GeneralSecurityException | IOException e) {
      throw new StoreException("%s could not be encrypted".formatted(name), e);
    }
  }

  /**
   * {@return what {@link #seal} sealed}
   *
   * @throws StoreException if the tenant has no key any more, or the bytes were touched
   * @throws IOException if there is a key, and it cannot be read at the moment
   */
  public byte[] open(Tenant tenant, SpanId id, byte[] sealed) throws IOException {
    return open(tenant, id.hex(), sealed);
  }

  /** {@return whether the tenant has a key: it wrote something, and was not forgotten since} */
  boolean has(Tenant tenant) throws IOException {
    return stored(tenant).isPresent();
  }

  byte[] open(Tenant tenant, String name, byte[] sealed) throws IOException {
    Optional<byte[]> key = stored(tenant);
    if (key.isEmpty()) {
      throw new StoreException(
          "%s cannot be decrypted: its tenant's key is gone, and with it what was written"
              .formatted(name));
    }
    try {
      byte[] nonce = Arrays.copyOf(sealed, NONCE_BYTES);
      Cipher cipher = cipher(Cipher.DECRYPT_MODE, key.get(), nonce, name);
      return cipher.doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new StoreException("%s could not be decrypted".formatted(name), e);
    }
  }

  /** Forgets a tenant's key. What it encrypted is noise from now on. */
  public void forget(Tenant tenant) {
    try {
      Files.deleteIfExists(file(tenant));
    } catch (IOException e) {
      throw new StoreException("the key of %s could not be deleted".formatted(tenant), e);
    }
  }

  /** Forgets the keys of everybody else. */
  void keepOnly(Collection<Tenant> tenants) {
    Set<Path> kept = tenants.stream().map(this::file).collect(Collectors.toSet());
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : found) {
        if (!kept.contains(file)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (NoSuchFileException e) {
      return; // nobody has written anything yet
    } catch (IOException | DirectoryIteratorException e) {
      throw new StoreException(
          "the keys in %s could not be listed or deleted".formatted(directory), e);
    }
  }

  private static Cipher cipher(int mode, byte[] key, byte[] nonce, String name)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    return cipher;
  }

  /**
   * {@return a tenant's key, or empty where there is none} A file of another length is what a power
   * cut left: that key is lost.
   *
   * @throws IOException if it cannot be told: a new one would make noise of all that this one opens
   */
  private Optional<byte[]> stored(Tenant tenant) throws IOException {
    try {
      return Optional.of(Files.readAllBytes(file(tenant))).filter(key -> key.length == KEY_BYTES);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** {@return a tenant's key, which is made if there is none} */
  private synchronized byte[] key(Tenant tenant) throws IOException {
    Optional<byte[]> stored = stored(tenant);
    return stored.isPresent() ? stored.get() : make(file(tenant));
  }

  private byte[] make(Path file) throws IOException {
    var key = new byte[KEY_BYTES];
    random.nextBytes(key);
    Files.createDirectories(directory);
    Path draft = Files.createTempFile(directory, "key", ".draft");
    try {
      write(draft, key);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException | Error e) {
      Leftovers.delete(draft, e);
      throw e;
    }
    return key;
  }

  /**
   * Waits for the disk, or the name could outlast the bytes. Not through a channel, which an
   * interrupted thread would find closed.
   */
  private static void write(Path file, byte[] key) throws IOException {
    try (var out = new FileOutputStream(file.toFile())) {
      out.write(key);
      out.getFD().sync();
    }
  }

  private Path file(Tenant tenant) {
    return directory.resolve(TenantNames.of(tenant) + SUFFIX);
  }
}
