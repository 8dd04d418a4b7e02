package io.madeleine.conversation.mind.line;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * The tokens of a conversation as they were read and written, and how much each surprised the
 * model: a record a turn, with a checksum, in a file whose head says by which vocabulary and
 * template. Derived from the log, whose sequence of the turn stands in its record; a record that
 * was cut short or damaged is dropped with what follows. Written through {@link RandomAccessFile},
 * since a channel closes itself under a thread that is interrupted. Not thread-safe.
 *
 * <p>Stored episodes are addressed by the tokens before them, so a restart must find the very same
 * tokens, which spelling the text again does not promise.
 */
public final class TokenLine {

  /** No record begins so: the sequence of its turn would be out of reach. */
  private static final String HEAD = "tokens 2 ";

  /**
   * One turn.
   *
   * @param tokens ids
   * @param nats surprisal of each; 0 where it was not observed
   */
  @SuppressWarnings("ArrayRecordComponent") // stays in this package, never changed
  public record TurnTokens(int[] tokens, float[] nats) {

    /** {@return whether it is known how much any of them surprised the model} */
    public boolean isObserved() {
      for (float each : nats) {
        if (each > 0) {
          return true;
        }
      }
      return false;
    }
  }

  private final Path file;
  private final byte[] head;
  private final List<TurnTokens> turns = new ArrayList<>();
  private final List<Long> sequences = new ArrayList<>();
  private boolean strange;

  private TokenLine(Path file, String spelling) {
    this.file = file;
    this.head = (HEAD + spelling + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * {@return what {@code file} holds of these turns, from the first on; it need not exist}
   *
   * @param spelling fingerprint of what decides the ids of a text
   * @param sequences the log's, of all turns of the conversation
   */
  public static TokenLine open(Path file, String spelling, long[] sequences) throws IOException {
    var line = new TokenLine(file, spelling);
    if (Files.exists(file)) {
      line.strange = line.readStrange(sequences);
      if (!line.strange) {
        line.cutOff(); // a strange one stays to be seen until all is deleted
      }
    }
    return line;
  }

  /**
   * {@return whether the file held something else}: turns that are not said, since a crash broke an
   * erasure off behind the log, or ids of another vocabulary or template. Whatever was derived from
   * them is to go, too
   */
  public boolean heldOthers() {
    return strange;
  }

  /** Reads what is there. {@return whether it is not, or not only, what this is to hold} */
  private boolean readStrange(long[] said) throws IOException {
    var crc = new CRC32();
    try (var bytes = new BufferedInputStream(Files.newInputStream(file));
        var in = new DataInputStream(new CheckedInputStream(bytes, crc))) {
      byte[] begin = in.readNBytes(head.length);
      int difference = Arrays.mismatch(head, begin);
      if (difference >= 0) {
        return difference < begin.length; // or the head was cut short
      }
      while (true) {
        crc.reset();
        long sequence = in.readLong();
        TurnTokens turn = read(in, Files.size(file));
        int sum = (int) crc.getValue();
        if (in.readInt() != sum) {
          return false; // damaged: what was written behind it is made again as well
        }
        if (turns.size() == said.length || sequence != said[turns.size()]) {
          return true;
        }
        turns.add(turn);
        sequences.add(sequence);
      }
    } catch (EOFException e) {
      return false; // the end, or a record that a crash cut short: nothing whole follows
    }
  }

  private static TurnTokens read(DataInputStream in, long fileBytes) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > fileBytes / 8) {
      throw new EOFException("a record claims %d tokens".formatted(count));
    }
    var tokens = new int[count];
    var nats = new float[count];
    for (int i = 0; i < count; i++) {
      tokens[i] = in.readInt();
      nats[i] = in.readFloat();
    }
    return new TurnTokens(tokens, nats);
  }

  /** Cuts off what was not whole, so that the next record does not stand behind it. */
  private void cutOff() throws IOException {
    long whole = turns.isEmpty() ? 0 : offset(turns.size());
    if (whole < Files.size(file)) {
      try (var open = new RandomAccessFile(file.toFile(), "rw")) {
        open.setLength(whole);
      }
    }
  }

  /** {@return where in the file the record of a turn begins} */
  private long offset(int index) {
    return head.length + turns.subList(0, index).stream().mapToLong(TokenLine::bytes).sum();
  }

  private static int bytes(TurnTokens turn) {
    return Long.BYTES + Integer.BYTES + 8 * turn.tokens.length + Integer.BYTES;
  }

  /** Appends the turn that the log has under {@code sequence}. */
  public void append(long sequence, TurnTokens turn) throws IOException {
    var bytes = new ByteArrayOutputStream(head.length + bytes(turn));
    if (turns.isEmpty()) {
      bytes.write(head);
    }
    bytes.write(record(sequence, turn));
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, bytes.toByteArray(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    turns.add(turn);
    sequences.add(sequence);
  }

  /**
   * Drops the last turn.
   *
   * @throws IOException if the file cannot be written; it is to be opened again then
   */
  public void dropLast() throws IOException {
    turns.removeLast();
    sequences.removeLast();
    cutOff();
  }

  /**
   * Writes down how much a turn surprised the model, unless that is known: what was observed when
   * it was said stays. A crash meanwhile costs the record and those behind it, as any damage does.
   *
   * @param index of the turn
   * @param nats surprisal of each of its tokens; 0 where it was not observed
   * @throws IllegalArgumentException if they are not as many as its tokens
   */
  public void observed(int index, float[] nats) throws IOException {
    TurnTokens turn = turns.get(index);
    if (nats.length != turn.tokens.length) {
      throw new IllegalArgumentException(
          "turn %d has %d tokens, but surprisal is of %d"
              .formatted(index, turn.tokens.length, nats.length));
    }
    if (turn.isObserved()) {
      return;
    }
    if (Files.notExists(file)) {
      throw new NoSuchFileException(file.toString()); // a new one would begin with zeros
    }
    var known = new TurnTokens(turn.tokens, nats);
    try (var open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(offset(index));
      open.write(record(sequences.get(index), known));
    }
    turns.set(index, known);
  }

  private static byte[] record(long sequence, TurnTokens turn) throws IOException {
    var bytes = new ByteArrayOutputStream(bytes(turn));
    var crc = new CRC32();
    try (var out = new DataOutputStream(new CheckedOutputStream(bytes, crc))) {
      out.writeLong(sequence);
      out.writeInt(turn.tokens.length);
      for (int i = 0; i < turn.tokens.length; i++) {
        out.writeInt(turn.tokens[i]);
        out.writeFloat(turn.nats[i]);
      }
      out.writeInt((int) crc.getValue());
    }
    return bytes.toByteArray();
  }

  public int turns() {
    return turns.size();
  }

  public TurnTokens turn(int index) {
    return turns.get(index);
  }

  /** {@return all tokens, turn after turn} */
  public int[] tokens() {
    int[] all = new int[turns.stream().mapToInt(turn -> turn.tokens.length).sum()];
    int at = 0;
    for (TurnTokens turn : turns) {
      System.arraycopy(turn.tokens, 0, all, at, turn.tokens.length);
      at += turn.tokens.length;
    }
    return all;
  }

  /** {@return the surprisal of all tokens, turn after turn} */
  public float[] nats() {
    float[] all = new float[turns.stream().mapToInt(turn -> turn.nats.length).sum()];
    int at = 0;
    for (TurnTokens turn : turns) {
      System.arraycopy(turn.nats, 0, all, at, turn.nats.length);
      at += turn.nats.length;
    }
    return all;
  }

  /** {@return positions at which the turns begin, and the end of the last one} */
  public int[] starts() {
    int[] starts = new int[turns.size() + 1];
    for (int i = 0; i < turns.size(); i++) {
      starts[i + 1] = starts[i] + turns.get(i).tokens.length;
    }
    return starts;
  }
}
