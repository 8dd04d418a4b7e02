package io.madeleine.memory.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.kv.KvShape;
import io.madeleine.memory.codec.KvCodec;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.store.SpanFormat.Packing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class StoreTest {

  private static final Tenant ANNE = new Tenant("anne");
  private static final SpanId ID = SpanId.root(Spans.origin("anne")).then(new int[] {1, 2, 3});

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(Packing.class)
  void read_whatWriteWrote_isTheSameSpan(Packing packing) {
    var format = new SpanFormat(Spans.origin("anne"), new KvCodec.Float32(), packing);
    KvSpan span = Spans.of(37, 1);
    KvSpan back = format.read(ID, format.write(ID, span));
    assertThat(back.tokens()).isEqualTo(37);
    for (int head = 0; head < 6; head++) {
      assertThat(back.keys(head)).containsExactly(span.keys(head));
      assertThat(back.values(head)).containsExactly(span.values(head));
    }
    assertThat(back.position(36)).isEqualTo(46);
  }

  @Test
  void read_anotherOrigin_isRefused() {
    byte[] bytes = format("anne").write(ID, Spans.of(5, 2));
    List<KvOrigin> others =
        List.of(
            new KvOrigin(ANNE, "model-2", "rope-1", Spans.SHAPE),
            new KvOrigin(ANNE, "model-1", "rope-2", Spans.SHAPE),
            new KvOrigin(ANNE, "model-1", "rope-1", new KvShape(2, 3, 8)));
    for (KvOrigin other : others) {
      var format = new SpanFormat(other, new KvCodec.Int8(), Packing.NONE);
      assertThatThrownBy(() -> format.read(ID, bytes))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("made by");
    }
    assertThatThrownBy(() -> format("bob").read(ID, bytes))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("another tenant");
  }

  @Test
  void read_anotherIdOrVersion_isRefused() {
    byte[] bytes = format("anne").write(ID, Spans.of(5, 2));
    SpanId other = ID.then(new int[] {4});
    assertThatThrownBy(() -> format("anne").read(other, bytes))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(ID.hex());
    byte[] later = bytes.clone();
    later[4] = 9;
    assertThatThrownBy(() -> format("anne").read(ID, later))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("version 9");
  }

  @Test
  void read_anyByteChangedOrCut_isRefused() {
    byte[] bytes = format("anne").write(ID, Spans.of(3, 2));
    for (int i = 0; i < bytes.length; i++) {
      byte[] damaged = bytes.clone();
      damaged[i] ^= 0x10;
      assertThatThrownBy(() -> format("anne").read(ID, damaged))
          .as("byte %d", i)
          .isInstanceOf(StoreException.class);
    }
    for (int length = 0; length < bytes.length; length += 7) {
      byte[] cut = java.util.Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> format("anne").read(ID, cut)).isInstanceOf(StoreException.class);
    }
  }

  @Test
  void id_sameTokensAfterAnotherPast_differs() {
    SpanId root = SpanId.root(Spans.origin("anne"));
    assertThat(root.then(new int[] {1}).then(new int[] {2}))
        .isNotEqualTo(root.then(new int[] {3}).then(new int[] {2}))
        .isEqualTo(root.then(new int[] {1}).then(new int[] {2}));
    assertThat(SpanId.root(Spans.origin("bob"))).isNotEqualTo(root);
  }

  @Test
  void get_afterReopening_findsWhatWasPut() {
    disk(1 << 20).put(ANNE, ID, new byte[] {1, 2, 3});
    assertThat(disk(1 << 20).get(ANNE, ID)).hasValue(new byte[] {1, 2, 3});
    assertThat(disk(1 << 20).get(new Tenant("bob"), ID)).isEmpty();
  }

  @Test
  void put_moreThanTheBudget_dropsTheLeastRecentlyUsed() {
    DiskSpans disk = disk(5_000);
    for (int i = 0; i < 50; i++) {
      disk.put(ANNE, ID.then(new int[] {i}), new byte[400]);
      assertThat(disk.bytes()).isLessThanOrEqualTo(5_000);
      assertThat(disk.get(ANNE, ID.then(new int[] {0}))).isPresent();
    }
    assertThat(disk.get(ANNE, ID.then(new int[] {1}))).isEmpty();
    assertThat(disk.get(ANNE, ID.then(new int[] {49}))).isPresent();
  }

  @Test
  void put_oneLargerThanTheBudget_isNotKeptAndTheOthersAre() throws IOException {
    SpanId large = ID.then(new int[] {1});
    DiskSpans disk = disk(1_000);
    disk.put(ANNE, ID, new byte[100]);
    disk.put(ANNE, large, new byte[500]);
    disk.put(ANNE, large, new byte[2_000]);

    assertThat(disk.get(ANNE, ID)).isPresent();
    assertThat(disk.get(ANNE, large)).as("the older one of that name").isEmpty();
    assertThat(disk.ids(ANNE)).containsExactly(ID);
    assertThat(disk.bytes()).isLessThan(200);

    // Also where the budget was larger before: it is the first to go.
    disk(10_000).put(ANNE, large, new byte[2_000]);
    DiskSpans smaller = disk(1_000);
    smaller.put(ANNE, ID.then(new int[] {2}), new byte[100]);
    assertThat(smaller.get(ANNE, large)).isEmpty();
    assertThat(smaller.get(ANNE, ID)).isPresent();
    assertThat(ending(".span")).hasSize(2);
  }

  @Test
  void open_moreThanTheBudget_deletesNothingAndShrinksByWhatIsWritten() throws IOException {
    DiskSpans before = disk(1 << 20);
    for (int i = 0; i < 20; i++) {
      before.put(ANNE, ID.then(new int[] {i}), new byte[400]);
    }
    Path spans = directory.resolve("spans");
    DiskSpans disk = disk(4_000);
    assertThat(ending(".span")).hasSize(20);
    assertThat(disk.bytes()).isEqualTo(before.bytes()).isEqualTo(DiskSpans.bytesIn(spans));

    disk.put(ANNE, ID.then(new int[] {20}), new byte[400]);
    assertThat(ending(".span")).as("one more, two less").hasSize(19);
    for (int i = 21; i < 50; i++) {
      disk.put(ANNE, ID.then(new int[] {i}), new byte[400]);
    }
    assertThat(disk.bytes()).isLessThanOrEqualTo(4_000).isEqualTo(DiskSpans.bytesIn(spans));
  }

  @Test
  void bytesIn_noSuchDirectory_areNone() {
    assertThat(DiskSpans.bytesIn(directory.resolve("none"))).isZero();
  }

  @Test
  void put_theFileCannotBeMovedToItsPlace_leavesNoDraft() throws IOException {
    DiskSpans disk = disk(1 << 20);
    disk.put(ANNE, ID, new byte[100]);
    Path file = onlyFile(disk);
    Files.delete(file);
    Files.createFile(Files.createDirectory(file).resolve("in the way"));

    assertThatThrownBy(() -> disk.put(ANNE, ID, new byte[100]))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(file.toString());
    assertThat(ending(".draft")).isEmpty();
  }

  private List<Path> ending(String suffix) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(suffix)).toList();
    }
  }

  @Test
  void files_onDisk_showNothingOfTheirContent() throws IOException {
    disk(1 << 20)
        .put(
            ANNE,
            ID,
            "a secret that must not be seen".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    try (Stream<Path> files = Files.walk(directory.resolve("spans"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(
                new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1))
            .doesNotContain("secret");
      }
    }
  }

  @Test
  void forget_aTenant_makesCopiesNoise() throws IOException {
    DiskSpans disk = disk(1 << 20);
    disk.put(ANNE, ID, new byte[] {1, 2, 3});
    disk.put(new Tenant("bob"), ID, new byte[] {4});
    Path file = onlyFile(disk);
    byte[] copy = Files.readAllBytes(file);
    disk.forget(ANNE);
    assertThat(file).doesNotExist();
    Files.write(file, copy);
    assertThatThrownBy(() -> disk(1 << 20).get(ANNE, ID))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("key is gone");
    assertThat(disk.get(new Tenant("bob"), ID)).hasValue(new byte[] {4});
  }

  @Test
  void keepOnly_someTenants_forgetsTheOthersAndTheirKeys() throws Exception {
    var bob = new Tenant("bob");
    var longName = new Tenant("a name that is too long for a file".repeat(3));
    for (Tenant tenant : List.of(ANNE, bob, longName)) {
      disk(1 << 20).put(tenant, ID, new byte[] {1});
    }
    DiskSpans disk = disk(1 << 20);
    disk.keepOnly(List.of(ANNE, longName));

    assertThat(disk.get(ANNE, ID)).isPresent();
    assertThat(disk.get(longName, ID)).isPresent();
    assertThat(disk.has(bob, ID)).isFalse();
    assertThat(new TenantKeys(directory.resolve("keys"), new SecureRandom()).has(bob)).isFalse();
    disk.keepOnly(List.of());
    assertThat(disk.bytes()).isZero();
    try (Stream<Path> files = Files.walk(directory)) {
      assertThat(files.filter(Files::isRegularFile)).isEmpty();
    }
  }

  @Test
  void get_aTamperedFile_isRefusedAndDeleted() throws IOException {
    DiskSpans disk = disk(1 << 20);
    disk.put(ANNE, ID, new byte[100]);
    Path file = onlyFile(disk);
    byte[] bytes = Files.readAllBytes(file);
    bytes[50] ^= 1;
    Files.write(file, bytes);
    assertThatThrownBy(() -> disk.get(ANNE, ID)).isInstanceOf(StoreException.class);
    assertThat(file).doesNotExist();
    assertThat(disk.get(ANNE, ID)).isEmpty();
  }

  private Path onlyFile(DiskSpans disk) throws IOException {
    assertThat(disk.bytes()).isPositive();
    try (Stream<Path> files = Files.walk(directory.resolve("spans"))) {
      return files.filter(file -> file.toString().endsWith(".span")).findFirst().orElseThrow();
    }
  }

  private DiskSpans disk(long budget) {
    var keys = new TenantKeys(directory.resolve("keys"), new SecureRandom());
    return new DiskSpans(directory.resolve("spans"), keys, budget);
  }

  private static SpanFormat format(String tenant) {
    return new SpanFormat(Spans.origin(tenant), new KvCodec.Int8(), Packing.NONE);
  }
}
