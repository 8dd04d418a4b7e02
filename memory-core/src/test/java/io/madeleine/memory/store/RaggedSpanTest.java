package io.madeleine.memory.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.memory.codec.KvCodec;
import io.madeleine.memory.store.SpanFormat.Packing;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Spans whose heads hold different tokens. */
final class RaggedSpanTest {

  private static final SpanId ID = SpanId.root(Spans.origin("anne")).then(new int[] {1, 2, 3});
  private static final int HEADS = Spans.SHAPE.heads();
  private static final int DIMS = Spans.SHAPE.headDim();

  /** Head h keeps tokens 2h, 2h + 2 and 2h + 5: heads overlap, and 1 and 3 are in none. */
  private static int[][] some() {
    var kept = new int[HEADS][];
    Arrays.setAll(kept, h -> new int[] {2 * h, 2 * h + 2, 2 * h + 5});
    return kept;
  }

  @Test
  void keep_someTokens_holdsThemAtTheirPositionsAndForgetsTheRest() {
    KvSpan whole = Spans.of(20, 1);
    KvSpan ragged = whole.keep(some());

    assertThat(ragged.whole()).isFalse();
    assertThat(ragged.slots()).isEqualTo(3L * HEADS);
    assertThat(ragged.tokensPerHead()).isEqualTo(3);
    assertThat(ragged.bytes()).isLessThan(whole.bytes() / 4);
    for (int head = 0; head < HEADS; head++) {
      int[] held = ragged.tokensOf(head);
      for (int slot = 0; slot < 3; slot++) {
        int token = some()[head][slot];
        assertThat(ragged.position(held[slot])).isEqualTo(whole.position(token));
        assertThat(Arrays.copyOfRange(ragged.keys(head), slot * DIMS, (slot + 1) * DIMS))
            .containsExactly(
                Arrays.copyOfRange(whole.keys(head), token * DIMS, (token + 1) * DIMS));
      }
    }
  }

  @Test
  void keep_again_selectsFromWhatIsLeft() {
    var second = new int[HEADS][];
    Arrays.setAll(second, h -> new int[] {0, 2});
    var once = new int[HEADS][];
    Arrays.setAll(once, h -> new int[] {2 * h, 2 * h + 5});
    KvSpan twice = Spans.of(20, 1).keep(some()).keep(second);
    KvSpan direct = Spans.of(20, 1).keep(once);

    assertThat(twice.tokens()).isEqualTo(direct.tokens());
    for (int head = 0; head < HEADS; head++) {
      assertThat(twice.tokensOf(head)).containsExactly(direct.tokensOf(head));
      assertThat(twice.values(head)).containsExactly(direct.values(head));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"f32", "f16", "int8", "kivi8", "mikv84", "anchor2", "minicache"})
  void read_raggedSpanThatWasWritten_holdsTheSameTokens(String codec) {
    KvSpan ragged = Spans.of(40, 2).keep(some());
    var format = new SpanFormat(Spans.origin("anne"), KvCodec.named(codec), Packing.NONE);

    KvSpan back = format.read(ID, format.write(ID, ragged));

    assertThat(back.tokens()).isEqualTo(ragged.tokens());
    for (int head = 0; head < HEADS; head++) {
      assertThat(back.tokensOf(head)).containsExactly(ragged.tokensOf(head));
      assertThat(back.keys(head)).hasSameSizeAs(ragged.keys(head));
    }
  }

  @Test
  void placeInto_headsOfDifferentLengths_eachGetsItsOwnAtTheTokensNewPosition() {
    var kept = some();
    kept[1] = new int[] {4};
    KvSpan ragged = Spans.of(20, 3).keep(kept);
    var positions = new int[ragged.tokens()];
    Arrays.setAll(positions, token -> 100 + token);
    List<Rotary> none = Collections.nCopies(Spans.SHAPE.layers(), Rotary.NONE);

    try (var pool = new PagePool(1 << 20);
        var cache = new KvCache(Spans.SHAPE, KvType.F32, pool)) {
      ragged.placeInto(cache, positions, none);
      assertThat(cache.slots(0, 0)).isEqualTo(3);
      assertThat(cache.slots(0, 1)).isEqualTo(1);
      assertThat(cache.position(0, 1, 0)).isEqualTo(100 + ragged.tokensOf(1)[0]);
      var value = new float[DIMS];
      cache.readValues(0, 1, 0, 1, value);
      assertThat(value).containsExactly(ragged.values(1));
    }
  }

  @Test
  void cut_ofACompressedSpan_isRefused() {
    KvSpan ragged = Spans.of(20, 4).keep(some());
    assertThatThrownBy(() -> ragged.cut(0, 3)).hasMessageContaining("before it is compressed");
    assertThatThrownBy(() -> ragged.join(ragged)).hasMessageContaining("before it is compressed");
  }
}
