package io.madeleine.engine.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.tensor.ElementType;
import io.madeleine.engine.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class GgufFileTest {

  private final Path directory;

  GgufFileTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void open_whatTheWriterWrote_givesItBack() {
    try (GgufFile file = write(everything())) {
      GgufMetadata metadata = file.metadata();
      assertThat(metadata.string("general.architecture")).isEqualTo("llama");
      assertThat(metadata.integer("llama.block_count")).isEqualTo(2);
      assertThat(metadata.integer("negative")).isEqualTo(-7);
      assertThat(metadata.number("epsilon")).isEqualTo(1e-5f);
      assertThat(metadata.flag("yes")).isTrue();
      assertThat(metadata.strings("pieces")).containsExactly("a", "", "žluť 🍪");
      assertThat(metadata.integers("kinds")).containsExactly(1, -3, 6);
      assertThat(metadata.numbers("scores")).containsExactly(0.5f, -1e9f);
      assertThat(metadata.integers("flags")).containsExactly(1, 0);
      assertThat(metadata.findString("no such key")).isEmpty();
    }
  }

  @Test
  void tensor_ofAMappedFile_isAlignedAndHoldsTheSameBytes() {
    try (GgufFile file = write(everything())) {
      Tensor matrix = file.tensor("matrix");
      assertThat(matrix.rows()).isEqualTo(3);
      assertThat(matrix.columns()).isEqualTo(32);
      assertThat(matrix.data().address() % 64).isZero();
      assertThat(matrix.data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(counting(3 * 34));
      assertThat(matrix.data().isReadOnly()).isTrue();
      assertThat(file.tensorNames()).containsExactly("vector", "matrix");
      assertThat(file.findTensor("none")).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = GgufType.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"BOOL", "STRING", "ARRAY"})
  void number_ofEveryType_comesBack(GgufType type) {
    try (GgufFile file =
        write(new GgufWriter().number("one", type, 100).numbers("many", type, List.of(1, 2, 3)))) {
      assertThat(file.metadata().number("one")).isEqualTo(100);
      assertThat(file.metadata().numbers("many")).containsExactly(1f, 2f, 3f);
    }
  }

  @Test
  void metadata_ofAnotherFile_isCopiedWithAllTypes() {
    try (GgufFile original = write(everything())) {
      Path copy = directory.resolve("copy.gguf");
      new GgufWriter()
          .metadata(original.metadata())
          .tensor(original.tensor("matrix"))
          .writeTo(copy);
      try (GgufFile file = GgufFile.open(copy)) {
        assertThat(file.metadata().keys()).isEqualTo(original.metadata().keys());
        assertThat(file.metadata().strings("pieces"))
            .isEqualTo(original.metadata().strings("pieces"));
        assertThat(file.tensor("matrix").data().mismatch(original.tensor("matrix").data()))
            .isEqualTo(-1);
      }
    }
  }

  @Test
  void metadata_missingKey_isNamed() {
    try (GgufFile file = write(everything())) {
      assertThatThrownBy(() -> file.metadata().integer("llama.vocab_size"))
          .isInstanceOf(GgufException.class)
          .hasMessageContaining("model.gguf")
          .hasMessageContaining("'llama.vocab_size'")
          .hasMessageContaining("is missing");
    }
  }

  @Test
  void metadata_otherType_isNamedWithTheTypeFound() {
    try (GgufFile file = write(everything())) {
      assertThatThrownBy(() -> file.metadata().integer("general.architecture"))
          .hasMessageContaining("'general.architecture'")
          .hasMessageContaining("should be a whole number, but is STRING");
      assertThatThrownBy(() -> file.metadata().string("pieces"))
          .hasMessageContaining("should be a text, but is an array of STRING");
      assertThatThrownBy(() -> file.metadata().strings("kinds"))
          .hasMessageContaining("should be an array of texts, but is an array of INT32");
      assertThatThrownBy(() -> file.metadata().findFlag("epsilon"))
          .hasMessageContaining("should be a yes or no, but is FLOAT32");
    }
  }

  @Test
  void integer_beyondAnInt_isRefusedWithItsValue() {
    try (GgufFile file = write(new GgufWriter().number("big", GgufType.UINT64, -1L))) {
      assertThatThrownBy(() -> file.metadata().integer("big"))
          .hasMessageContaining("18446744073709551615");
    }
  }

  @Test
  void open_missingFile_saysSo() {
    assertThatThrownBy(() -> GgufFile.open(directory.resolve("nowhere.gguf")))
        .isInstanceOf(GgufException.class)
        .hasMessageContaining("nowhere.gguf: does not exist");
  }

  @Test
  void open_directory_saysSo() {
    assertThatThrownBy(() -> GgufFile.open(directory)).hasMessageContaining("is no file");
  }

  @Test
  void open_emptyFile_saysSo() throws IOException {
    assertThatThrownBy(() -> open(new byte[0])).hasMessageContaining("is empty");
  }

  @Test
  void open_anotherFormat_saysSo() {
    assertThatThrownBy(() -> open("PK\3\4 not a model at all".getBytes(StandardCharsets.US_ASCII)))
        .hasMessageContaining("byte 0: this is not a GGUF file");
  }

  @Test
  void open_versionOneOrBigEndian_saysWhich() throws IOException {
    byte[] bytes = bytes(everything());
    bytes[4] = 1;
    assertThatThrownBy(() -> open(bytes)).hasMessageContaining("byte 4: this is GGUF version 1");
    bytes[4] = 0;
    bytes[7] = 3;
    assertThatThrownBy(() -> open(bytes)).hasMessageContaining("big-endian");
  }

  @Test
  void open_truncatedInTheHeader_namesTheByte() throws IOException {
    byte[] bytes = bytes(everything());
    assertThatThrownBy(() -> open(Arrays.copyOf(bytes, 100)))
        .hasMessageContaining("truncated")
        .hasMessageContaining("byte ");
  }

  @Test
  void open_truncatedInTheData_namesTheTensor() throws IOException {
    byte[] bytes = bytes(everything());
    assertThatThrownBy(() -> open(Arrays.copyOf(bytes, bytes.length - 64)))
        .hasMessageContaining("tensor 'matrix' needs 102 bytes")
        .hasMessageContaining("truncated");
  }

  @Test
  void open_unsupportedTensorType_namesItAndWhatIsSupported() throws IOException {
    byte[] bytes = bytes(everything());
    int at = new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf("matrix") + 6 + 4 + 16;
    assertThat(bytes[at]).isEqualTo((byte) ElementType.Q8_0.ggufId());
    bytes[at] = 10;
    assertThatThrownBy(() -> open(bytes))
        .hasMessageContaining("tensor 'matrix' is stored as Q2_K (type 10)")
        .hasMessageContaining("Q4_K");
  }

  @Test
  void fingerprint_changesWithTheWeights() {
    String one;
    try (GgufFile file = write(everything())) {
      one = file.fingerprint();
      assertThat(one).hasSize(64).isEqualTo(file.fingerprint());
    }
    GgufWriter other =
        new GgufWriter()
            .string("general.architecture", "llama")
            .tensor("vector", ElementType.F32, 1, 4, () -> MemorySegment.ofArray(new byte[16]));
    try (GgufFile file = write(other)) {
      assertThat(file.fingerprint()).isNotEqualTo(one);
    }
  }

  @Test
  void writeTo_wrongSizeSupplied_leavesNoFile() throws IOException {
    var writer =
        new GgufWriter()
            .tensor("short", ElementType.F32, 2, 4, () -> MemorySegment.ofArray(new byte[4]));
    Path path = directory.resolve("wrong.gguf");
    assertThatThrownBy(() -> writer.writeTo(path))
        .isInstanceOf(GgufException.class)
        .hasMessageContaining("tensor 'short' needs 32 bytes, but was given 4");
    try (var files = Files.list(directory)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void open_firstOfThreeParts_findsAllTensors() {
    writeParts(3);
    try (GgufFile file = GgufFile.open(part(1, 3))) {
      assertThat(file.tensorNames()).containsExactly("part.1", "part.2", "part.3");
      assertThat(file.metadata().string("general.name")).isEqualTo("in parts");
      assertThat(file.tensor("part.3").data().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 3);
      assertThat(file.fileBytes()).isGreaterThan(3 * 64);
    }
  }

  @Test
  void open_secondPart_namesTheFirst() {
    writeParts(2);
    assertThatThrownBy(() -> GgufFile.open(part(2, 2)))
        .hasMessageContaining("Open model-00001-of-00002.gguf instead");
  }

  @Test
  void open_missingPart_isNamed() throws IOException {
    writeParts(3);
    Files.delete(part(2, 3));
    assertThatThrownBy(() -> GgufFile.open(part(1, 3)))
        .hasMessageContaining("model-00002-of-00003.gguf: does not exist");
  }

  @Test
  void open_renamedPart_isNoticed() throws IOException {
    writeParts(3);
    Files.copy(part(3, 3), part(2, 3), StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> GgufFile.open(part(1, 3)))
        .hasMessageContaining("calls itself part 3 of 3, but stands in place of part 2 of 3");
  }

  private Path part(int number, int count) {
    return directory.resolve("model-%05d-of-%05d.gguf".formatted(number, count));
  }

  private void writeParts(int count) {
    for (int i = 1; i <= count; i++) {
      byte value = (byte) i;
      new GgufWriter()
          .string("general.name", "in parts")
          .number("split.count", GgufType.UINT16, count)
          .number("split.no", GgufType.UINT16, i - 1)
          .number("split.tensors.count", GgufType.INT32, count)
          .tensor(
              "part." + i,
              ElementType.F32,
              1,
              1,
              () -> MemorySegment.ofArray(new byte[] {value, 0, 0, 0}))
          .writeTo(part(i, count));
    }
  }

  static GgufWriter everything() {
    return new GgufWriter()
        .string("general.architecture", "llama")
        .alignment(64)
        .integer("llama.block_count", 2)
        .integer("negative", -7)
        .number("epsilon", 1e-5f)
        .flag("yes", true)
        .strings("pieces", List.of("a", "", "žluť 🍪"))
        .integers("kinds", List.of(1, -3, 6))
        .numbers("scores", List.of(0.5f, -1e9f))
        .flags("flags", List.of(true, false))
        .tensor("vector", ElementType.F32, 1, 4, () -> MemorySegment.ofArray(counting(16)))
        .tensor("matrix", ElementType.Q8_0, 3, 32, () -> MemorySegment.ofArray(counting(3 * 34)));
  }

  private static byte[] counting(int length) {
    var bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) i;
    }
    return bytes;
  }

  private GgufFile write(GgufWriter writer) {
    Path path = directory.resolve("model.gguf");
    writer.writeTo(path);
    return GgufFile.open(path);
  }

  private byte[] bytes(GgufWriter writer) throws IOException {
    Path path = directory.resolve("bytes.gguf");
    writer.writeTo(path);
    return Files.readAllBytes(path);
  }

  private GgufFile open(byte[] bytes) throws IOException {
    Path path = directory.resolve("model.gguf");
    Files.write(path, bytes);
    return GgufFile.open(path);
  }
}
