package io.madeleine.conversation.completion;

import io.madeleine.engine.kv.KvType;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.store.SpanId;
import io.madeleine.memory.store.StoreException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * What stands beside a parked cache, so that it can be found without being read: magic, version,
 * type of the numbers, program, tokens, and a CRC32C of everything before; little-endian. A
 * thousandth of the cache's size.
 *
 * @param program whose it is
 * @param type how its keys and values are stored
 * @param tokens that it holds
 */
@SuppressWarnings("ArrayRecordComponent") // stays in this package, never changed
record ParkedNote(ConversationKey program, KvType type, int[] tokens) {

  private static final int MAGIC = 0x314E_504D; // "MPN1"
  private static final short VERSION = 1;

  byte[] write() {
    byte[] name = program.id().getBytes(StandardCharsets.UTF_8);
    byte[] kind = type.name().getBytes(StandardCharsets.US_ASCII);
    int size = 4 + 2 + 1 + kind.length + 4 + name.length + 4 + 4 * tokens.length + 4;
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(MAGIC).putShort(VERSION).put((byte) kind.length).put(kind);
    out.putInt(name.length).put(name).putInt(tokens.length);
    for (int token : tokens) {
      out.putInt(token);
    }
    out.putInt(sum(out.array(), size - 4));
    return out.array();
  }

  /**
   * {@return the note that {@link #write} wrote}
   *
   * @throws StoreException if it is damaged, of another version or none at all
   */
  static ParkedNote read(Tenant tenant, SpanId id, byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    try {
      if (bytes.length < 19 || in.getInt() != MAGIC || in.getShort() != VERSION) {
        throw new StoreException(id, "it does not start like a note of a parked cache");
      }
      if (in.getInt(bytes.length - 4) != sum(bytes, bytes.length - 4)) {
        throw new StoreException(id, "its checksum does not match");
      }
      KvType type = KvType.valueOf(text(in, in.get()));
      ConversationKey program = new ConversationKey(tenant, text(in, in.getInt()));
      var tokens = new int[in.getInt()];
      for (int i = 0; i < tokens.length; i++) {
        tokens[i] = in.getInt();
      }
      return new ParkedNote(program, type, tokens);
    } catch (BufferUnderflowException | IllegalArgumentException | NegativeArraySizeException e) {
      throw new StoreException("span %s: it is cut short or damaged".formatted(id.hex()), e);
    }
  }

  private static String text(ByteBuffer in, int bytes) {
    var text = new byte[bytes];
    in.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private static int sum(byte[] bytes, int length) {
    var sum = new CRC32C();
    sum.update(bytes, 0, length);
    return (int) sum.getValue();
  }
}
