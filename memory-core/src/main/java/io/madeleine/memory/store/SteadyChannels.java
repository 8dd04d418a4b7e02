package io.madeleine.memory.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/**
 * Streams as channels that an interrupt does not close, for one thread at a time. A {@link
 * java.nio.channels.FileChannel} closes itself under a thread that is interrupted, and so do those
 * of {@link java.nio.channels.Channels}, even above an array: whoever is told to stop would lose
 * what he has, since it could neither be read nor written.
 */
public final class SteadyChannels {

  private static final int CHUNK_BYTES = 1 << 16;

  private SteadyChannels() {}

  /** {@return a channel of what {@code in} reads; closing it closes {@code in}} */
  public static ReadableByteChannel of(InputStream in) {
    return new Reading(in);
  }

  /** {@return a channel into {@code out}; closing it closes {@code out}} */
  public static WritableByteChannel of(OutputStream out) {
    return new Writing(out);
  }

  private abstract static class Open implements Channel {
    private boolean open = true;

    void requireOpen() throws ClosedChannelException {
      if (!open) {
        throw new ClosedChannelException();
      }
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() throws IOException {
      open = false;
    }
  }

  private static final class Reading extends Open implements ReadableByteChannel {
    private final InputStream in;
    private final byte[] chunk = new byte[CHUNK_BYTES];

    private Reading(InputStream in) {
      this.in = in;
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
      requireOpen();
      int read = in.read(chunk, 0, Math.min(to.remaining(), chunk.length));
      if (read > 0) {
        to.put(chunk, 0, read);
      }
      return read;
    }

    @Override
    public void close() throws IOException {
      super.close();
      in.close();
    }
  }

  private static final class Writing extends Open implements WritableByteChannel {
    private final OutputStream out;
    private final byte[] chunk = new byte[CHUNK_BYTES];

    private Writing(OutputStream out) {
      this.out = out;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      requireOpen();
      int all = bytes.remaining();
      while (bytes.hasRemaining()) {
        int some = Math.min(bytes.remaining(), chunk.length);
        bytes.get(chunk, 0, some);
        out.write(chunk, 0, some);
      }
      return all;
    }

    @Override
    public void close() throws IOException {
      super.close();
      out.close();
    }
  }
}
