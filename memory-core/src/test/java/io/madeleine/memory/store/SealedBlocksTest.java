package io.madeleine.memory.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.memory.identity.Tenant;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SealedBlocksTest {

  private static final int BLOCK = 1 << 20;

  private final SealedBlocks stream;

  SealedBlocksTest(@TempDir Path directory) {
    var keys = new TenantKeys(directory, new SecureRandom());
    this.stream = new SealedBlocks(keys, new Tenant("ann"), "stream");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 77})
  void from_ofAnyLength_readsWhatWasWritten(int length) throws IOException {
    byte[] plain = plain(length);
    byte[] sealed = sealed(plain);
    assertThat(opened(sealed, length)).isEqualTo(plain);
    assertThat(SealedBlocks.bytes(length)).isEqualTo(sealed.length);
  }

  @Test
  void from_withoutItsLastBlock_fails() throws IOException {
    byte[] sealed = sealed(plain(2 * BLOCK + 5));
    int first = frameLength(sealed, 0);
    int second = frameLength(sealed, first);
    byte[] cut = Arrays.copyOf(sealed, first + second);
    assertThatThrownBy(() -> opened(cut, 3 * BLOCK)).isInstanceOf(IOException.class);
    byte[] claimsToEnd = Arrays.copyOf(sealed, first);
    claimsToEnd[4] = 1;
    assertThatThrownBy(() -> opened(claimsToEnd, BLOCK)).isInstanceOf(IOException.class);
  }

  @Test
  void from_withBlocksExchanged_fails() throws IOException {
    byte[] sealed = sealed(plain(2 * BLOCK + 5));
    int first = frameLength(sealed, 0);
    byte[] exchanged = sealed.clone();
    System.arraycopy(sealed, first, exchanged, 0, first);
    System.arraycopy(sealed, 0, exchanged, first, first);
    assertThatThrownBy(() -> opened(exchanged, 3 * BLOCK)).isInstanceOf(IOException.class);
  }

  private static int frameLength(byte[] sealed, int at) {
    return 5 + ByteBuffer.wrap(sealed).getInt(at);
  }

  private static byte[] plain(int length) {
    var plain = new byte[length];
    new Random(length).nextBytes(plain);
    return plain;
  }

  private byte[] sealed(byte[] plain) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (WritableByteChannel out = stream.into(Channels.newChannel(bytes))) {
      out.write(ByteBuffer.wrap(plain));
    }
    return bytes.toByteArray();
  }

  private byte[] opened(byte[] sealed, int most) throws IOException {
    ByteBuffer plain = ByteBuffer.allocate(most + 1);
    try (ReadableByteChannel in =
        stream.from(Channels.newChannel(new ByteArrayInputStream(sealed)))) {
      while (in.read(plain) >= 0) {
        if (!plain.hasRemaining()) {
          break;
        }
      }
    }
    return Arrays.copyOf(plain.array(), plain.position());
  }
}
