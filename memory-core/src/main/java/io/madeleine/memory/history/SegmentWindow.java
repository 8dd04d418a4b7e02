package io.madeleine.memory.history;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A file seen through a buffer that is as large as the largest record asked for. For one thread.
 */
final class SegmentWindow implements AutoCloseable {

  private static final int SMALLEST = 1 << 18;

  private final RandomAccessFile file;
  private final long size;
  private final int ahead;
  private byte[] bytes = new byte[0];
  private long start;
  private int filled;

  SegmentWindow(Path path) throws IOException {
    this(path, SMALLEST);
  }

  /**
   * @param ahead how many bytes to read at least, where there are as many
   */
  SegmentWindow(Path path, int ahead) throws IOException {
    file = new RandomAccessFile(path.toFile(), "r");
    size = file.length();
    this.ahead = ahead;
  }

  long size() {
    return size;
  }

  /** {@return bytes {@code [offset, offset + length)}; valid until the next call} */
  ByteBuffer at(long offset, int length) throws IOException {
    if (offset < start || offset + length > start + filled) {
      fill(offset, length);
    }
    return ByteBuffer.wrap(bytes, (int) (offset - start), length).slice();
  }

  private void fill(long offset, int length) throws IOException {
    int wanted = (int) Math.min(Math.max(length, ahead), size - offset);
    if (bytes.length < wanted) {
      bytes = new byte[wanted];
    }
    file.seek(offset);
    file.readFully(bytes, 0, wanted);
    start = offset;
    filled = wanted;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
