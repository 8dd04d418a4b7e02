package io.madeleine.conversation.ready;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.gguf.GgufWriter;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.testing.model.Family;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReadyModelTest {

  private static final EngineOptions ONE_THREAD = new EngineOptions(1, /* warmUp= */ false);

  @TempDir Path directory;

  private static ReadyModel open(Path file, EngineOptions engine) {
    return ReadyModel.open(file, Clock.systemUTC(), engine, 1 << 20, Long.MAX_VALUE);
  }

  @Test
  void open_familyAndTokenizerUnknown_namesTheFamilyTheFileAndWhatToDo() {
    Path file = directory.resolve("gemma4.gguf");
    new GgufWriter()
        .string("general.architecture", "gemma4")
        .string("tokenizer.ggml.model", "gemma4")
        .strings("tokenizer.ggml.tokens", List.of("a"))
        .writeTo(file);

    assertThatThrownBy(() -> open(file, ONE_THREAD))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "gemma4.gguf: the model's architecture is 'gemma4'", "phi3", "./madeleine pull NAME");
  }

  @Test
  void open_withinASmallContext_isAModelOfThatContext() {
    Path file = TinyModel.GROUPED.with(Family.PHI3_LONG).writeTo(directory.resolve("long.gguf"));
    try (ReadyModel whole = open(file, ONE_THREAD);
        ReadyModel small = open(file, ONE_THREAD.within(100))) {
      assertThat(whole.contextLength()).isEqualTo(TinyModel.CONTEXT);
      assertThat(small.contextLength()).isEqualTo(100);
      assertThat(small.fingerprint())
          .as("keys and values of other factors are others")
          .isNotEqualTo(whole.fingerprint());
      assertThatThrownBy(() -> small.roomBehind(100, KvType.F32, 1L << 30))
          .isInstanceOf(ContextTooLongException.class)
          .hasMessageContaining("load a model with a longer context");
    }
  }

  @Test
  void roomBehind_lessMemoryThanContext_isWhatTheMemoryHolds() {
    try (ReadyModel model =
        open(TinyModel.GROUPED.writeTo(directory.resolve("a.gguf")), ONE_THREAD)) {
      KvShape shape = model.transformer().kvShape();
      long bytes = shape.bytes(64, KvType.F32);
      assertThat(model.contextLength(KvType.F32, bytes)).isEqualTo(64);
      assertThat(model.contextLength(KvType.F32, bytes - 1)).isEqualTo(48);
      assertThat(model.contextLength(KvType.F32, 1L << 30)).isEqualTo(TinyModel.CONTEXT);
      assertThat(model.roomBehind(63, KvType.F32, bytes)).isOne();
      assertThatThrownBy(() -> model.roomBehind(64, KvType.F32, bytes))
          .isInstanceOf(ContextTooLongException.class)
          .hasMessageContaining("has 64 tokens and the memory for keys and values holds 63")
          .hasMessageContaining("shorten it by 1 tokens")
          .hasMessageContaining("at least %,d bytes".formatted(shape.bytes(80, KvType.F32)));
      assertThatThrownBy(() -> model.roomBehind(TinyModel.CONTEXT, KvType.F32, bytes))
          .isInstanceOf(ContextTooLongException.class)
          .hasMessageEndingWith("shorten it by 1,985 tokens.");
    }
  }

  @Test
  void fingerprint_anotherContext_isTheSameUnlessKeysAreRotatedInAnotherWay() {
    Path usual = TinyModel.GROUPED.writeTo(directory.resolve("usual.gguf"));
    Path file = TinyModel.GROUPED.with(Family.PHI3_LONG).writeTo(directory.resolve("long.gguf"));
    assertThat(fingerprint(usual, ONE_THREAD.within(100)))
        .isEqualTo(fingerprint(usual, ONE_THREAD));
    assertThat(fingerprint(file, ONE_THREAD.within(1_000)))
        .as("the long factors, as in the whole context")
        .isEqualTo(fingerprint(file, ONE_THREAD));
  }

  private static String fingerprint(Path file, EngineOptions engine) {
    try (ReadyModel model = open(file, engine)) {
      return model.fingerprint();
    }
  }
}
