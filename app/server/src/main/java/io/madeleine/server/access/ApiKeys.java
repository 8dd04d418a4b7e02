package io.madeleine.server.access;

import io.madeleine.engine.digest.Sha256;
import io.madeleine.memory.identity.Tenant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The keys that may ask, by the hash of each. A line of the file is {@code id tab tenant tab hash}.
 *
 * <p>A key is 256 random bits, so a plain SHA-256 hides it: there is nothing to guess. Looking a
 * hash up in a map tells nothing useful by its timing, since the caller cannot choose the hash.
 * Immutable.
 */
public final class ApiKeys {

  private static final String PREFIX = "mk-";
  private static final int HASH_CHARACTERS = 64;

  private final Map<String, Caller> byHash;

  private ApiKeys(Map<String, Caller> byHash) {
    this.byHash = Map.copyOf(byHash);
  }

  /** {@return no keys at all} */
  public static ApiKeys none() {
    return new ApiKeys(Map.of());
  }

  /**
   * {@return the keys in {@code file}}
   *
   * @throws IllegalStateException if it cannot be read, or a line is not {@code id tab tenant tab
   *     hash}; the message says what to do
   */
  public static ApiKeys read(Path file) {
    var keys = new HashMap<String, Caller>();
    List<String> lines = lines(file);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (!line.isBlank() && !line.startsWith("#")) {
        String[] parts = line.split("\t", -1);
        if (parts.length != 3 || parts[1].isBlank() || parts[2].length() != HASH_CHARACTERS) {
          throw BrokenKeyFileException.malformed(file, i + 1);
        }
        keys.put(parts[2], new Caller(new Tenant(parts[1]), parts[0]));
      }
    }
    return new ApiKeys(keys);
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw BrokenKeyFileException.unreadable(file, e);
    }
  }

  /**
   * Makes a key for {@code tenant}, appends its hash to {@code file}, and returns the key once.
   *
   * @throws IllegalArgumentException if the tenant's name would break the line
   * @throws UncheckedIOException if the file cannot be written
   */
  public static String create(Path file, Tenant tenant, SecureRandom random) {
    if (tenant.id().chars().anyMatch(c -> c == '\t' || c == '\n' || c == '\r')) {
      throw new IllegalArgumentException(
          "a tenant with a key must not contain tabs or line breaks");
    }
    byte[] secret = new byte[32];
    random.nextBytes(secret);
    String key = PREFIX + HexFormat.of().formatHex(secret);
    String hash = hash(key);
    String line = "%s\t%s\t%s%n".formatted("key-" + hash.substring(0, 8), tenant.id(), hash);
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.writeString(
          file, missingLineEnd(file) + line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the API key to " + file, e);
    }
    return key;
  }

  /** {@return what ends the last line, where an editor or a copy left it open} */
  private static String missingLineEnd(Path file) throws IOException {
    if (!Files.exists(file) || Files.size(file) == 0) {
      return "";
    }
    try (SeekableByteChannel bytes = Files.newByteChannel(file)) {
      var last = ByteBuffer.allocate(1);
      int unused = bytes.position(bytes.size() - 1).read(last);
      return last.get(0) == '\n' ? "" : System.lineSeparator();
    }
  }

  /** {@return whether there is no key, so that only this machine may ask} */
  public boolean isEmpty() {
    return byHash.isEmpty();
  }

  /** {@return whom {@code key} belongs to; empty for a key that nobody made} */
  public Optional<Caller> callerOf(String key) {
    return Optional.ofNullable(byHash.get(hash(key)));
  }

  private static String hash(String key) {
    return Sha256.hex(key.getBytes(StandardCharsets.UTF_8));
  }
}
