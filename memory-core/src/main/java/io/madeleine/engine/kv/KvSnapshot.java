package io.madeleine.engine.kv;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A cache as bytes, little-endian: magic, version, shape, type and length, with their checksum; for
 * each head its slot count, positions, importances and pages; and a checksum of everything.
 */
final class KvSnapshot {

  private static final int MAGIC = 0x314B444D; // "MDK1"
  private static final int HEADER_BYTES = 28;
  private static final int SUM_BYTES = 8;
  private static final float[] NO_IMPORTANCE = {};

  private final CRC32C sum = new CRC32C();
  private final WritableByteChannel out;

  KvSnapshot(WritableByteChannel out) {
    this.out = out;
  }

  /** {@return how many bytes {@link #write} writes} */
  static long bytes(KvCache cache) {
    long bytes = HEADER_BYTES + SUM_BYTES;
    for (int h = 0; h < cache.shape().heads(); h++) {
      HeadSlots head = cache.head(h);
      bytes += Integer.BYTES + tableBytes(head.slots());
      for (int p = 0; p < KvType.pages(head.slots()); p++) {
        bytes += head.page(p).memory.byteSize();
      }
    }
    return bytes;
  }

  /** {@return bytes of the positions, importances and types of pages of a head} */
  private static int tableBytes(int slots) {
    return 8 * slots + KvType.pages(slots);
  }

  void write(KvCache cache) throws IOException {
    KvShape shape = cache.shape();
    ByteBuffer header = buffer(HEADER_BYTES);
    header.putInt(MAGIC).putInt(shape.layers()).putInt(shape.kvHeads()).putInt(shape.headDim());
    header.putInt(cache.type().code()).putInt(cache.length());
    header.putInt(checksum(header.slice(0, HEADER_BYTES - 4)));
    put(header.flip());
    for (int h = 0; h < shape.heads(); h++) {
      write(cache.head(h));
    }
    ByteBuffer end = buffer(SUM_BYTES).putLong(sum.getValue()).flip();
    while (end.hasRemaining()) {
      out.write(end);
    }
  }

  private void write(HeadSlots head) throws IOException {
    int slots = head.slots();
    ByteBuffer table = buffer(Integer.BYTES + tableBytes(slots));
    table.putInt(slots);
    for (int s = 0; s < slots; s++) {
      table.putInt(head.position(s)).putFloat(head.importance(s));
    }
    for (int p = 0; p < KvType.pages(slots); p++) {
      table.put(head.page(p).type.code());
    }
    put(table.flip());
    for (int p = 0; p < KvType.pages(slots); p++) {
      put(head.page(p).memory.asByteBuffer());
    }
  }

  private void put(ByteBuffer bytes) throws IOException {
    sum.update(bytes.duplicate());
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  static KvCache read(ReadableByteChannel in, PagePool pool) throws IOException {
    var reader = new Reader(in);
    ByteBuffer header = reader.take(HEADER_BYTES);
    if (header.getInt(0) != MAGIC) {
      throw new KvSnapshotException("it does not start like one");
    }
    if (header.getInt(HEADER_BYTES - 4) != checksum(header.slice(0, HEADER_BYTES - 4))) {
      throw new KvSnapshotException("its header is damaged");
    }
    var shape = new KvShape(header.getInt(4), header.getInt(8), header.getInt(12));
    var cache = new KvCache(shape, type(header.getInt(16)), pool);
    cache.length(header.getInt(20));
    try {
      for (int h = 0; h < shape.heads(); h++) {
        reader.readHead(cache.head(h), shape.headDim(), pool);
      }
      reader.verify();
      return cache;
    } catch (IOException | RuntimeException | Error e) {
      cache.close();
      throw e;
    }
  }

  private static KvType type(int code) throws KvSnapshotException {
    return KvType.ofCode(code)
        .orElseThrow(() -> new KvSnapshotException("it stores numbers in an unknown way, " + code));
  }

  private static int checksum(ByteBuffer bytes) {
    var sum = new CRC32C();
    sum.update(bytes);
    return (int) sum.getValue();
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static final class Reader {
    private final CRC32C sum = new CRC32C();
    private final ReadableByteChannel in;

    Reader(ReadableByteChannel in) {
      this.in = in;
    }

    ByteBuffer take(int bytes) throws IOException {
      ByteBuffer taken = fill(buffer(bytes));
      sum.update(taken.duplicate());
      return taken;
    }

    private ByteBuffer fill(ByteBuffer to) throws IOException {
      while (to.hasRemaining()) {
        if (in.read(to) < 0) {
          throw new KvSnapshotException("it is cut short");
        }
      }
      return to.flip();
    }

    void readHead(HeadSlots head, int headDim, PagePool pool) throws IOException {
      int slots = take(4).getInt();
      long pageFloor = (long) KvType.pages(Math.max(0, slots)) * KvType.INT8.pageBytes(headDim);
      if (slots < 0 || pageFloor > pool.byteBudget()) {
        throw new KvSnapshotException("a head of %,d slots cannot be".formatted(slots));
      }
      ByteBuffer table = take(tableBytes(slots));
      var positions = new int[slots];
      var importance = new float[slots];
      boolean anyImportance = false;
      for (int s = 0; s < slots; s++) {
        positions[s] = table.getInt();
        importance[s] = table.getFloat();
        anyImportance |= importance[s] != 0;
      }
      List<Page> pages = new ArrayList<>(KvType.pages(slots)); // one that it cannot take is lost
      try {
        for (int p = 0; p < KvType.pages(slots); p++) {
          pages.add(readPage(table.get(), headDim, pool));
        }
      } catch (IOException | RuntimeException | Error e) {
        pages.forEach(Page::release);
        throw e;
      }
      head.adopt(pages, positions, anyImportance ? importance : NO_IMPORTANCE);
    }

    private Page readPage(byte code, int headDim, PagePool pool) throws IOException {
      KvType type = type(code);
      ByteBuffer bytes = take(type.pageBytes(headDim));
      Page page = pool.take(1, type, headDim).getFirst();
      try {
        page.memory.copyFrom(MemorySegment.ofBuffer(bytes));
      } catch (RuntimeException | Error e) {
        page.release();
        throw e;
      }
      return page;
    }

    void verify() throws IOException {
      long computed = sum.getValue();
      if (fill(buffer(SUM_BYTES)).getLong() != computed) {
        throw new KvSnapshotException("its checksum does not match");
      }
    }
  }
}
