package io.madeleine.memory.store;

import io.madeleine.memory.identity.Tenant;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;

/**
 * Bytes of any length under a tenant's key, in blocks of 1 MiB: for each its length, whether it is
 * the last one, and its bytes as {@link TenantKeys} seals them. A block opens only in its own place
 * of its own stream, and a stream only whole: what was exchanged, repeated or cut off is noticed.
 */
public final class SealedBlocks {

  private static final int BLOCK = 1 << 20;
  private static final int OVERHEAD = 64;
  private static final int FRAME = 5;

  private final TenantKeys keys;
  private final Tenant tenant;
  private final String name;

  /**
   * @param name of the stream, for example its file's; the same for writing and reading
   */
  public SealedBlocks(TenantKeys keys, Tenant tenant, String name) {
    this.keys = keys;
    this.tenant = tenant;
    this.name = name;
  }

  /** {@return the bytes that so many take when they are sealed} */
  public static long bytes(long plain) {
    long blocks = Math.max(1, Math.ceilDiv(plain, BLOCK));
    return plain + blocks * (FRAME + TenantKeys.SEAL_BYTES);
  }

  private String name(int index, boolean last) {
    return name + ":" + index + (last ? ":last" : "");
  }

  /** {@return a channel into {@code to}; whoever closes it has written all} */
  public WritableByteChannel into(WritableByteChannel to) {
    return new Sealing(to);
  }

  /**
   * {@return a channel of what was written} It fails with a {@link DamagedException} where the
   * bytes are not those that were written, or the tenant was forgotten, with an {@link
   * EOFException} where they are cut short, and with any other {@link IOException} where they or
   * the key cannot be read at the moment.
   */
  public ReadableByteChannel from(ReadableByteChannel in) {
    return new Opening(in);
  }

  private final class Sealing implements WritableByteChannel {
    private final WritableByteChannel to;
    private final ByteBuffer block = ByteBuffer.allocate(BLOCK);
    private int index;
    private boolean open = true;

    private Sealing(WritableByteChannel to) {
      this.to = to;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      int before = bytes.remaining();
      while (bytes.hasRemaining()) {
        if (!block.hasRemaining()) {
          seal(/* last= */ false);
        }
        int some = Math.min(bytes.remaining(), block.remaining());
        block.put(bytes.slice(bytes.position(), some));
        bytes.position(bytes.position() + some);
      }
      return before;
    }

    private void seal(boolean last) throws IOException {
      byte[] plain = Arrays.copyOf(block.array(), block.position());
      byte[] sealed = keys.seal(tenant, name(index++, last), plain);
      ByteBuffer frame = ByteBuffer.allocate(FRAME + sealed.length);
      frame.putInt(sealed.length).put((byte) (last ? 1 : 0)).put(sealed).flip();
      while (frame.hasRemaining()) {
        to.write(frame);
      }
      block.clear();
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() throws IOException {
      if (open) {
        open = false;
        seal(/* last= */ true);
      }
    }
  }

  private final class Opening implements ReadableByteChannel {
    private final ReadableByteChannel in;
    private ByteBuffer block = ByteBuffer.allocate(0);
    private int index;
    private boolean last;

    private Opening(ReadableByteChannel in) {
      this.in = in;
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
      while (!block.hasRemaining() && !last) {
        block = next();
      }
      if (!block.hasRemaining()) {
        return to.hasRemaining() ? -1 : 0;
      }
      int some = Math.min(to.remaining(), block.remaining());
      to.put(block.slice(block.position(), some));
      block.position(block.position() + some);
      return some;
    }

    private ByteBuffer next() throws IOException {
      if (!keys.has(tenant)) {
        throw new DamagedException("its tenant's key is gone, and with it what was written");
      }
      ByteBuffer frame = filled(FRAME);
      int length = frame.getInt();
      byte end = frame.get();
      if (length < 0 || length > BLOCK + OVERHEAD || end < 0 || end > 1) {
        throw new DamagedException("it is no sealed block");
      }
      last = end == 1;
      try {
        return ByteBuffer.wrap(keys.open(tenant, name(index++, last), filled(length).array()));
      } catch (StoreException e) {
        throw new DamagedException("it was not sealed under this key and name", e);
      }
    }

    private ByteBuffer filled(int bytes) throws IOException {
      ByteBuffer filled = ByteBuffer.allocate(bytes);
      while (filled.hasRemaining()) {
        if (in.read(filled) < 0) {
          throw new EOFException("it is cut short");
        }
      }
      return filled.flip();
    }

    @Override
    public boolean isOpen() {
      return in.isOpen();
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
