package io.madeleine.engine.gguf;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The typed metadata of a model file, for example {@code llama.block_count}. Values lie in the
 * mapped file and are decoded when asked for, so they may be read as long as the file is open.
 *
 * <p>A getter throws {@link GgufException}, naming file and key, when the key is missing or its
 * value is of another type; a {@code find…} method gives an empty answer for a missing key only.
 * Whole numbers of any width may be read as {@link #integer} or {@link #number}. Immutable.
 */
public final class GgufMetadata {
  private final Path path;
  private final Map<String, GgufEntry> entries;

  GgufMetadata(Path path, Map<String, GgufEntry> entries) {
    this.path = path;
    this.entries = Collections.unmodifiableMap(entries);
  }

  /** {@return the file that says all this} */
  public Path path() {
    return path;
  }

  /** {@return all keys, in the order of the file} */
  public Set<String> keys() {
    return entries.keySet();
  }

  /** {@return whether the file has this key} */
  public boolean contains(String key) {
    return entries.containsKey(key);
  }

  /** {@return whether the value is an array; some families write a number or one for each layer} */
  public boolean isArray(String key) {
    return entry(key).isArray();
  }

  /** {@return a text} */
  public String string(String key) {
    GgufEntry entry = scalar(key, "a text", GgufType.STRING);
    return GgufCursor.text(entry.bytes().asSlice(Long.BYTES));
  }

  /** {@return a text, empty if the key is missing} */
  public Optional<String> findString(String key) {
    return contains(key) ? Optional.of(string(key)) : Optional.empty();
  }

  /** {@return a whole number that fits an {@code int}} */
  public int integer(String key) {
    GgufEntry entry = whole(key);
    return narrow(key, entry.type(), entry.bytes(), 0);
  }

  /** {@return a whole number that fits an {@code int}, empty if the key is missing} */
  public OptionalInt findInteger(String key) {
    return contains(key) ? OptionalInt.of(integer(key)) : OptionalInt.empty();
  }

  /** {@return a whole number, empty if the key is missing; unsigned 64 bits wrap around} */
  public OptionalLong findLong(String key) {
    if (!contains(key)) {
      return OptionalLong.empty();
    }
    GgufEntry entry = whole(key);
    return OptionalLong.of(entry.type().whole(entry.bytes(), 0));
  }

  /** {@return a number, whole or not} */
  public float number(String key) {
    GgufEntry entry = entry(key);
    if (!entry.type().isNumber()) {
      throw mismatch(key, "a number", entry);
    }
    return (float) entry.type().number(entry.bytes(), 0);
  }

  /** {@return a number, empty if the key is missing} */
  public Optional<Float> findNumber(String key) {
    return contains(key) ? Optional.of(number(key)) : Optional.empty();
  }

  /** {@return a yes or no} */
  public boolean flag(String key) {
    GgufEntry entry = scalar(key, "a yes or no", GgufType.BOOL);
    return GgufType.BOOL.whole(entry.bytes(), 0) != 0;
  }

  /** {@return a yes or no, empty if the key is missing} */
  public Optional<Boolean> findFlag(String key) {
    return contains(key) ? Optional.of(flag(key)) : Optional.empty();
  }

  /** {@return a list of texts, for example the pieces of a vocabulary} */
  public List<String> strings(String key) {
    GgufEntry entry = array(key);
    if (entry.elementType() != GgufType.STRING) {
      throw mismatch(key, "an array of texts", entry);
    }
    var texts = new ArrayList<String>(entry.length());
    long at = GgufEntry.ARRAY_PREFIX_BYTES;
    for (int i = 0; i < entry.length(); i++) {
      long length = GgufType.int64(entry.bytes(), at);
      texts.add(GgufCursor.text(entry.bytes().asSlice(at + Long.BYTES, length)));
      at += Long.BYTES + length;
    }
    return Collections.unmodifiableList(texts);
  }

  /** {@return a list of texts, empty if the key is missing} */
  public Optional<List<String>> findStrings(String key) {
    return contains(key) ? Optional.of(strings(key)) : Optional.empty();
  }

  /** {@return a list of whole numbers that fit an {@code int}} */
  public List<Integer> integers(String key) {
    GgufEntry entry = array(key);
    GgufType type = entry.elementType();
    if (!type.isWhole() && type != GgufType.BOOL) {
      throw mismatch(key, "an array of whole numbers", entry);
    }
    var numbers = new ArrayList<Integer>(entry.length());
    for (int i = 0; i < entry.length(); i++) {
      numbers.add(narrow(key, type, entry.bytes(), offset(type, i)));
    }
    return Collections.unmodifiableList(numbers);
  }

  /** {@return a list of whole numbers, empty if the key is missing} */
  public Optional<List<Integer>> findIntegers(String key) {
    return contains(key) ? Optional.of(integers(key)) : Optional.empty();
  }

  /** {@return a list of numbers, whole or not} */
  public List<Float> numbers(String key) {
    GgufEntry entry = array(key);
    GgufType type = entry.elementType();
    if (!type.isNumber()) {
      throw mismatch(key, "an array of numbers", entry);
    }
    var numbers = new ArrayList<Float>(entry.length());
    for (int i = 0; i < entry.length(); i++) {
      numbers.add((float) type.number(entry.bytes(), offset(type, i)));
    }
    return Collections.unmodifiableList(numbers);
  }

  /** {@return a list of numbers, empty if the key is missing} */
  public Optional<List<Float>> findNumbers(String key) {
    return contains(key) ? Optional.of(numbers(key)) : Optional.empty();
  }

  GgufEntry entry(String key) {
    GgufEntry entry = entries.get(key);
    if (entry == null) {
      throw GgufException.key(
          path, key, "is missing. The file was made for another program, or is incomplete.");
    }
    return entry;
  }

  private GgufEntry scalar(String key, String wanted, GgufType type) {
    GgufEntry entry = entry(key);
    if (entry.type() != type) {
      throw mismatch(key, wanted, entry);
    }
    return entry;
  }

  private GgufEntry whole(String key) {
    GgufEntry entry = entry(key);
    if (!entry.type().isWhole()) {
      throw mismatch(key, "a whole number", entry);
    }
    return entry;
  }

  private GgufEntry array(String key) {
    GgufEntry entry = entry(key);
    if (!entry.isArray()) {
      throw mismatch(key, "an array", entry);
    }
    return entry;
  }

  private int narrow(String key, GgufType type, MemorySegment bytes, long offset) {
    long value = type.whole(bytes, offset);
    boolean wrapped = type == GgufType.UINT64 && value < 0;
    if (wrapped || value != (int) value) {
      throw GgufException.key(
          path,
          key,
          "is %s, but must lie between %,d and %,d."
              .formatted(
                  wrapped ? Long.toUnsignedString(value) : Long.toString(value),
                  Integer.MIN_VALUE,
                  Integer.MAX_VALUE));
    }
    return (int) value;
  }

  private static long offset(GgufType type, int index) {
    return GgufEntry.ARRAY_PREFIX_BYTES + (long) index * type.bytes();
  }

  private GgufException mismatch(String key, String wanted, GgufEntry found) {
    return GgufException.key(
        path, key, "should be %s, but is %s.".formatted(wanted, found.describe()));
  }
}
