package io.madeleine.remote;

import io.madeleine.engine.json.Json;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Pins at an LMCache coordinator. It counts references and knows no time, so a pin that is not
 * released stays for ever: each is in a journal before it is asked for, and is released exactly
 * once, at its deadline or when this is opened again after a crash.
 *
 * <p>A crash between journal and request can release a pin that is not there, which affects
 * nothing: nobody else has pins under our salts. The other way round a pin would stay. Thread-safe.
 */
public final class LmcachePins implements AutoCloseable {

  private static final int CHUNK = 256; // tokens; less than one is not pinned

  private final Wire wire;
  private final String model;
  private final Path journal;
  private final LongSupplier nanoClock;
  private final Map<String, Pin> pins = new LinkedHashMap<>();
  private long next;

  @SuppressWarnings("ArrayRecordComponent") // stays in this class, never changed
  private record Pin(String salt, int[] tokens, long deadlineNanos) {}

  /**
   * Opens the journal, and releases what a crash left pinned.
   *
   * @param model as vLLM names it
   * @param journal a file that belongs to this object
   * @throws RemoteEngineException if pins are left and the coordinator does not answer
   */
  public LmcachePins(
      HttpClient client, URI coordinator, String model, Path journal, LongSupplier nanoClock) {
    this.wire = new Wire(client, coordinator);
    this.model = model;
    this.journal = journal;
    this.nanoClock = nanoClock;
    for (Map.Entry<String, Pin> left : left().entrySet()) {
      pins.put(left.getKey(), left.getValue());
      release(left.getKey());
    }
    rewrite();
  }

  /**
   * Pins a sequence.
   *
   * @param salt of its tenant, see {@link VllmHints#salt}
   * @param tokens all of them, from the first
   * @param seconds until it is released; what comes sooner releases it sooner
   * @return its id; empty if the sequence is shorter than one chunk and was not pinned
   */
  public synchronized String pin(String salt, int[] tokens, double seconds) {
    if (tokens.length < CHUNK || seconds <= 0) {
      return "";
    }
    String id = Long.toString(next++);
    var pin = new Pin(salt, tokens.clone(), nanoClock.getAsLong() + (long) (seconds * 1e9));
    append(Wire.object("pin", id, "salt", salt, "tokens", pin.tokens()));
    pins.put(id, pin);
    wire.post("/cache/pins", body(pin));
    return id;
  }

  /** Releases a pin; a second time does nothing. */
  public synchronized void release(String id) {
    Pin pin = pins.get(id);
    if (pin == null) {
      return;
    }
    // Asked for first: a crash in between asks twice, which affects nothing, and not never.
    wire.delete("/cache/pins", body(pin));
    append(Wire.object("release", id));
    pins.remove(id);
  }

  /** Releases what is past its deadline. {@return how many} */
  public synchronized int releaseExpired() {
    long now = nanoClock.getAsLong();
    List<String> over =
        pins.entrySet().stream()
            .filter(pin -> now - pin.getValue().deadlineNanos() > 0)
            .map(Map.Entry::getKey)
            .toList();
    over.forEach(this::release);
    if (pins.isEmpty()) {
      rewrite();
    }
    return over.size();
  }

  /** {@return pins that are held} */
  public synchronized int held() {
    return pins.size();
  }

  private Json body(Pin pin) {
    return Wire.object(
        "model_name", model, "world_size", 1, "token_ids", pin.tokens(), "cache_salt", pin.salt());
  }

  /**
   * Not through a channel, which an interrupted thread would find closed: what the coordinator has
   * released and the journal has not would be released once more.
   */
  private void append(Json line) {
    long whole = journal.toFile().length();
    try (var out = new FileOutputStream(journal.toFile(), /* append= */ true)) {
      out.write((line.write() + '\n').getBytes(StandardCharsets.UTF_8));
      out.getFD().sync();
    } catch (IOException e) {
      cutTo(whole, e);
      throw new UncheckedIOException(
          "the journal of pins %s cannot be written".formatted(journal), e);
    }
  }

  /** The next line would go on where a disk was full in the middle of this one. */
  private void cutTo(long bytes, IOException why) {
    try (var file = new RandomAccessFile(journal.toFile(), "rw")) {
      file.setLength(bytes);
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  private Map<String, Pin> left() {
    var left = new LinkedHashMap<String, Pin>();
    for (String line : lines()) {
      Json entry = Json.parse(line);
      if (Wire.at(entry, "pin") instanceof Json.Text(String id)) {
        int[] tokens =
            Wire.items(Wire.at(entry, "tokens")).stream()
                .mapToInt(token -> ((Json.Number) token).value().intValue())
                .toArray();
        String salt = Wire.at(entry, "salt") instanceof Json.Text(String text) ? text : "";
        left.put(id, new Pin(salt, tokens, 0));
      } else if (Wire.at(entry, "release") instanceof Json.Text(String id)) {
        left.remove(id);
      }
    }
    return left;
  }

  /** Whole lines; a last one that a crash cut short was never acted upon, and is taken away. */
  private List<String> lines() {
    if (!Files.exists(journal)) {
      return List.of();
    }
    try {
      String text = Files.readString(journal);
      String whole = text.substring(0, text.lastIndexOf('\n') + 1);
      if (whole.length() < text.length()) {
        Files.writeString(journal, whole);
      }
      return whole.lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("the journal of pins %s cannot be read".formatted(journal), e);
    }
  }

  private void rewrite() {
    try {
      Files.writeString(journal, "");
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the journal of pins %s cannot be emptied".formatted(journal), e);
    }
  }

  /** Releases everything. */
  @Override
  public synchronized void close() {
    List.copyOf(pins.keySet()).forEach(this::release);
  }
}
