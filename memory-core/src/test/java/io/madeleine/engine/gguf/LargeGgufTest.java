package io.madeleine.engine.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.tensor.Blocks;
import io.madeleine.engine.tensor.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file larger than an array, an int, and one mapping of a ByteBuffer can be. */
final class LargeGgufTest {

  private final Path directory;

  LargeGgufTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** The file has holes, so that it takes a few pages of the disk. */
  @Test
  void tensor_beyondTwoGigabytes_isReadWhereItStands() throws IOException {
    long rows = 150_000;
    long columns = 4_096;
    long bytes = rows * columns * Float.BYTES;
    var header = ByteBuffer.allocate(4_096).order(ByteOrder.LITTLE_ENDIAN);
    header.put("GGUF".getBytes(StandardCharsets.US_ASCII)).putInt(3).putLong(2).putLong(0);
    describe(header, "large", columns, rows, 0);
    describe(header, "behind", 4, 1, bytes);
    long data = Math.ceilDiv(header.position(), 32) * 32L;
    var last = ByteBuffer.allocate(Float.BYTES * 5).order(ByteOrder.LITTLE_ENDIAN);
    last.putFloat(7).putFloat(1).putFloat(2).putFloat(3).putFloat(4);
    Path path = directory.resolve("large.gguf");
    try (var channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.SPARSE,
            StandardOpenOption.WRITE)) {
      channel.write(header.flip(), 0);
      channel.write(last.flip(), data + bytes - Float.BYTES);
    }
    try (GgufFile file = GgufFile.open(path)) {
      var row = new float[(int) columns];
      Blocks.dequantise(file.tensor("large"), rows - 1, row);
      assertThat(row[row.length - 1]).isEqualTo(7);
      assertThat(row[0]).isZero();
      assertThat(Blocks.dequantise(file.tensor("behind"))).containsExactly(1, 2, 3, 4);
      assertThat(file.fileBytes()).isGreaterThan(2L << 30);
    }
  }

  private static void describe(
      ByteBuffer header, String name, long columns, long rows, long offset) {
    header.putLong(name.length()).put(name.getBytes(StandardCharsets.US_ASCII));
    header.putInt(2).putLong(columns).putLong(rows);
    header.putInt(ElementType.F32.ggufId()).putLong(offset);
  }
}
