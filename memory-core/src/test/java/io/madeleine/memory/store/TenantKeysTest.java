package io.madeleine.memory.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.memory.identity.Tenant;
import io.madeleine.testing.Interrupted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A key is made once, and no bad moment takes its place. */
final class TenantKeysTest {

  private static final Tenant ANNE = new Tenant("anne");
  private static final SpanId ID = SpanId.root(Spans.origin("anne")).then(new int[] {1, 2, 3});
  private static final byte[] PLAIN = {1, 2, 3};

  @TempDir private Path directory;

  @Test
  void getAndPut_keyCannotBeReadAtTheMoment_leaveTheKeyAndTheSpan() throws IOException {
    DiskSpans disk = disk(new SecureRandom());
    disk.put(ANNE, ID, PLAIN);
    Path away = Files.move(key(), directory.resolve("away"));
    // Neither there nor not there, as on a volume that does not answer.
    Files.createSymbolicLink(key(), key());

    assertThatThrownBy(() -> disk.get(ANNE, ID)).satisfies(TenantKeysTest::mayPass);
    assertThatThrownBy(() -> disk.put(ANNE, ID.then(new int[] {4}), PLAIN))
        .satisfies(TenantKeysTest::mayPass);
    assertThat(Files.isSymbolicLink(key())).as("no other key took its place").isTrue();
    Files.delete(key());
    Files.move(away, key());

    assertThat(disk.get(ANNE, ID)).hasValue(PLAIN);
  }

  private static void mayPass(Throwable failed) {
    assertThat(failed)
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.isPassing()).isTrue());
  }

  @Test
  void get_keyIsGone_isForGoodAndMakesNone() throws IOException {
    DiskSpans disk = disk(new SecureRandom());
    disk.put(ANNE, ID, PLAIN);
    Files.delete(key());

    assertThatThrownBy(() -> disk.get(ANNE, ID))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> {
              assertThat(e).hasMessageContaining("key is gone");
              assertThat(e.isPassing()).isFalse();
            });
    assertThat(key()).doesNotExist();
    assertThat(disk.bytes()).isZero();
  }

  @Test
  void seal_onAnInterruptedThread_makesTheKey() throws Exception {
    var keys = new TenantKeys(directory.resolve("keys"), new SecureRandom());
    byte[] sealed = Interrupted.during(() -> keys.seal(ANNE, ID, PLAIN));
    assertThat(keys.open(ANNE, ID, sealed)).isEqualTo(PLAIN);
  }

  @Test
  void seal_theKeyCannotBeMovedToItsPlace_leavesNoDraft() throws IOException {
    DiskSpans disk = disk(new Obstructing(key()));

    assertThatThrownBy(() -> disk.put(ANNE, ID, PLAIN)).isInstanceOf(StoreException.class);
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> drafts = files.filter(file -> file.toString().endsWith(".draft")).toList();
      assertThat(drafts).isEmpty();
    }
    assertThat(key()).isDirectory();
  }

  /** Puts something in a key's place while the key is made. */
  private static final class Obstructing extends SecureRandom {
    private static final long serialVersionUID = 1;
    private final transient Path key;

    private Obstructing(Path key) {
      this.key = key;
    }

    @Override
    public void nextBytes(byte[] bytes) {
      super.nextBytes(bytes);
      try {
        if (bytes.length == 32) {
          Files.createFile(Files.createDirectories(key).resolve("in the way"));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private Path key() {
    return directory.resolve("keys").resolve(TenantNames.of(ANNE) + ".key");
  }

  private DiskSpans disk(SecureRandom random) {
    var keys = new TenantKeys(directory.resolve("keys"), random);
    return new DiskSpans(directory.resolve("spans"), keys, 1 << 20);
  }
}
