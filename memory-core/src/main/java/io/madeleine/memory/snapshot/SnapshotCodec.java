package io.madeleine.memory.snapshot;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.store.DamagedException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.zip.CRC32C;

/**
 * A header as bytes, big-endian: {@code "MADKVSN1", int length, int crc, body}. The keys and values
 * follow it, with a checksum of their own.
 */
final class SnapshotCodec {

  private static final long NAME = 0x4d41444b56534e31L; // MADKVSN1
  private static final int FRAME_BYTES = 16;
  private static final int LARGEST = 1 << 28;

  private SnapshotCodec() {}

  static ByteBuffer encoded(SnapshotHeader header) throws IOException {
    byte[] body = body(header);
    ByteBuffer frame = ByteBuffer.allocate(FRAME_BYTES + body.length);
    return frame.putLong(NAME).putInt(body.length).putInt(checksum(body)).put(body).flip();
  }

  private static byte[] body(SnapshotHeader header) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      text(out, header.conversation().tenant().id());
      text(out, header.conversation().id());
      text(out, header.model());
      out.writeInt(header.shape().layers());
      out.writeInt(header.shape().kvHeads());
      out.writeInt(header.shape().headDim());
      text(out, header.type().name());
      out.writeLong(header.sequence());
      out.writeInt(header.firstTurn());
      text(out, header.text());
      out.writeInt(header.tokens().size());
      for (int token : header.tokens()) {
        out.writeInt(token);
      }
    }
    return bytes.toByteArray();
  }

  /**
   * @throws DamagedException if it is no header, or a damaged one
   * @throws EOFException if it is cut short
   * @throws IOException if it cannot be read
   */
  static SnapshotHeader read(ReadableByteChannel in) throws IOException {
    ByteBuffer frame = fill(in, FRAME_BYTES);
    int length = frame.getInt(8);
    if (frame.getLong(0) != NAME || length < 0 || length > LARGEST) {
      throw new DamagedException("it does not start like a snapshot of this version");
    }
    byte[] body = fill(in, length).array();
    if (checksum(body) != frame.getInt(12)) {
      throw new DamagedException("its header is damaged");
    }
    try {
      return header(new DataInputStream(new ByteArrayInputStream(body)));
    } catch (IllegalArgumentException e) {
      throw new DamagedException("its header makes no sense: " + e.getMessage(), e);
    }
  }

  private static SnapshotHeader header(DataInputStream in) throws IOException {
    var conversation = ConversationKey.of(text(in), text(in));
    String model = text(in);
    var shape = new KvShape(in.readInt(), in.readInt(), in.readInt());
    KvType type = KvType.valueOf(text(in));
    long sequence = in.readLong();
    int firstTurn = in.readInt();
    String text = text(in);
    int count = in.readInt();
    var tokens = new ArrayList<Integer>();
    for (int i = 0; i < count; i++) {
      tokens.add(in.readInt());
    }
    return new SnapshotHeader(conversation, model, shape, type, sequence, firstTurn, text, tokens);
  }

  private static ByteBuffer fill(ReadableByteChannel in, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (in.read(bytes) < 0) {
        throw new EOFException("it is cut short");
      }
    }
    return bytes.flip();
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(in.readNBytes(in.readInt()), UTF_8);
  }

  private static int checksum(byte[] bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
