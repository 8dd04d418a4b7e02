package io.madeleine.memory.store;

import io.madeleine.engine.kv.KvShape;
import io.madeleine.memory.codec.HeadBlock;
import io.madeleine.memory.codec.KvCodec;
import io.madeleine.memory.identity.Tenant;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.zip.CRC32C;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * A span as bytes and back, little-endian: magic, version, packing, origin, id, codec, token count,
 * positions, which of them each head holds (unless it is all), then the heads as the codec writes
 * them, deflated or not, and a CRC32C of everything before.
 */
public final class SpanFormat {

  private static final int MAGIC = 0x3153_4B4D; // "MKS1"
  private static final short VERSION = 2;

  /** What is done to the codec's bytes. */
  public enum Packing {
    /** Nothing: for codecs whose output has no redundancy left. */
    NONE((byte) 0),
    /** {@link Deflater} at its fastest level. */
    DEFLATE((byte) 1);

    private final byte code;

    Packing(byte code) {
      this.code = code;
    }
  }

  private final KvOrigin origin;
  private final KvCodec codec;
  private final Packing packing;

  /** Writes with {@code codec} and {@code packing}; reads any, of {@code origin} alone. */
  public SpanFormat(KvOrigin origin, KvCodec codec, Packing packing) {
    this.origin = origin;
    this.codec = codec;
    this.packing = packing;
  }

  /** {@return whose spans it reads and writes} */
  public KvOrigin origin() {
    return origin;
  }

  /** {@return {@code span} as bytes} */
  public byte[] write(SpanId id, KvSpan span) {
    byte[] payload = payload(span);
    byte[] packed = packing == Packing.DEFLATE ? deflate(payload) : payload;
    int heldBytes = span.whole() ? 0 : origin.shape().heads() * bitBytes(span.tokens());
    ByteBuffer out = little(packed.length + 4 * span.tokens() + heldBytes + 4096);
    out.putInt(MAGIC).putShort(VERSION).put(packing.code);
    putOrigin(out);
    putText(out, id.hex());
    putText(out, codec.name());
    out.putInt(span.tokens());
    for (int i = 0; i < span.tokens(); i++) {
      out.putInt(span.position(i));
    }
    putHeld(out, span);
    out.putInt(payload.length).putInt(packed.length).put(packed);
    var sum = new CRC32C();
    sum.update(out.duplicate().flip());
    out.putInt((int) sum.getValue());
    return written(out);
  }

  /**
   * {@return the span that {@link #write} wrote}
   *
   * @throws StoreException if it is damaged, of another version, another origin or another id
   */
  public KvSpan read(SpanId id, byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    try {
      return read(id, in);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new StoreException("span %s: it is cut short or damaged".formatted(id.hex()), e);
    }
  }

  private KvSpan read(SpanId id, ByteBuffer in) {
    if (in.remaining() < 16 || in.getInt() != MAGIC) {
      throw new StoreException(id, "it does not start like a span");
    }
    short version = in.getShort();
    if (version != VERSION) {
      throw new StoreException(
          id, "it has version %d, and this program reads %d".formatted(version, VERSION));
    }
    verifySum(id, in);
    boolean deflated = in.get() == Packing.DEFLATE.code;
    verifyOrigin(id, in);
    String storedId = text(in);
    if (!storedId.equals(id.hex())) {
      throw new StoreException(id, "it holds span " + storedId);
    }
    KvCodec writer = KvCodec.named(text(in));
    var positions = new int[in.getInt()];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = in.getInt();
    }
    int[][] held = held(in, positions.length);
    int size = in.getInt();
    var body = new byte[in.getInt()];
    in.get(body);
    return heads(writer, positions, held, deflated ? inflate(id, body, size) : body);
  }

  private void verifySum(SpanId id, ByteBuffer in) {
    var sum = new CRC32C();
    sum.update(in.duplicate().position(0).limit(in.limit() - 4));
    if (in.getInt(in.limit() - 4) != (int) sum.getValue()) {
      throw new StoreException(id, "its checksum does not match");
    }
  }

  private void verifyOrigin(SpanId id, ByteBuffer in) {
    KvOrigin stored =
        new KvOrigin(
            new Tenant(text(in)),
            text(in),
            text(in),
            new KvShape(in.getInt(), in.getInt(), in.getInt()));
    if (!stored.tenant().equals(origin.tenant())) {
      throw new StoreException(id, "it belongs to another tenant");
    }
    if (!stored.equals(origin)) {
      throw new StoreException(
          id, "it was made by %s, but this model is %s".formatted(stored, origin));
    }
  }

  private void putHeld(ByteBuffer out, KvSpan span) {
    out.put((byte) (span.whole() ? 0 : 1));
    for (int head = 0; head < origin.shape().heads() && !span.whole(); head++) {
      var bits = new BitSet();
      Arrays.stream(span.tokensOf(head)).forEach(bits::set);
      out.put(Arrays.copyOf(bits.toByteArray(), bitBytes(span.tokens())));
    }
  }

  private int[][] held(ByteBuffer in, int tokens) {
    if (in.get() == 0) {
      return new int[0][];
    }
    var held = new int[origin.shape().heads()][];
    for (int head = 0; head < held.length; head++) {
      var bits = new byte[bitBytes(tokens)];
      in.get(bits);
      held[head] = BitSet.valueOf(bits).stream().toArray();
    }
    return held;
  }

  private static int bitBytes(int tokens) {
    return (tokens + 7) / 8;
  }

  private KvSpan heads(KvCodec writer, int[] positions, int[][] held, byte[] payload) {
    KvShape shape = origin.shape();
    ByteBuffer in = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
    List<HeadBlock> blocks = new ArrayList<>();
    for (int head = 0; head < shape.heads(); head++) {
      blocks.add(
          HeadBlock.empty(
              head / shape.kvHeads(),
              shape.layers(),
              shape.headDim(),
              held.length == 0 ? positions.length : held[head].length));
    }
    writer.decodeAll(in, held.length == 0, blocks);
    float[][] keys = blocks.stream().map(HeadBlock::keys).toArray(float[][]::new);
    float[][] values = blocks.stream().map(HeadBlock::values).toArray(float[][]::new);
    return new KvSpan(shape, positions, held, keys, values);
  }

  private byte[] payload(KvSpan span) {
    KvShape shape = origin.shape();
    int most = codec.mostBytes(span.tokens(), shape.headDim()) * shape.heads();
    ByteBuffer out = little(most);
    List<HeadBlock> blocks = new ArrayList<>();
    for (int head = 0; head < shape.heads(); head++) {
      blocks.add(
          new HeadBlock(
              head / shape.kvHeads(),
              shape.layers(),
              shape.headDim(),
              span.keys(head),
              span.values(head)));
    }
    codec.encodeAll(blocks, span.whole(), out);
    return written(out);
  }

  private void putOrigin(ByteBuffer out) {
    putText(out, origin.tenant().id());
    putText(out, origin.model());
    putText(out, origin.rotation());
    KvShape shape = origin.shape();
    out.putInt(shape.layers()).putInt(shape.kvHeads()).putInt(shape.headDim());
  }

  private static void putText(ByteBuffer out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.putShort((short) bytes.length).put(bytes);
  }

  private static String text(ByteBuffer in) {
    var bytes = new byte[in.getShort() & 0xffff];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static byte[] written(ByteBuffer out) {
    var bytes = new byte[out.position()];
    out.flip().get(bytes);
    return bytes;
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] deflate(byte[] bytes) {
    try (var deflater = new Deflater(Deflater.BEST_SPEED)) {
      deflater.setInput(bytes);
      deflater.finish();
      var out = new ByteArrayOutputStream(bytes.length);
      var buffer = new byte[1 << 14];
      while (!deflater.finished()) {
        out.write(buffer, 0, deflater.deflate(buffer));
      }
      return out.toByteArray();
    }
  }

  private static byte[] inflate(SpanId id, byte[] bytes, int size) {
    try (var inflater = new Inflater()) {
      inflater.setInput(bytes);
      var out = new byte[size];
      if (inflater.inflate(out) != size) {
        throw new StoreException(id, "it inflates to less than it should");
      }
      return out;
    } catch (DataFormatException e) {
      throw new StoreException("span %s: it does not inflate".formatted(id.hex()), e);
    }
  }
}
