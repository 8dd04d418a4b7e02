package io.madeleine.conversation.context;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import org.junit.jupiter.api.Test;

final class KeptContextTest {

  @Test
  void backTo_pagesWereTakenAndNotFilled_givesThemBack() {
    var shape = new KvShape(1, 1, 8);
    try (var pool = new PagePool(1 << 20);
        var kept =
            new KeptContext(
                new KvCache(shape, KvType.F32, pool), new Prompt("twenty", new int[20]))) {
      for (int i = 0; i < 20; i++) {
        kept.cache().append(0, 0, new float[8], new float[8], i);
      }
      long filled = pool.usedBytes();
      kept.cache().reserve(100);
      assertThat(pool.usedBytes()).isGreaterThan(filled);

      kept.backTo(kept.prompt());

      assertThat(pool.usedBytes()).isEqualTo(filled);
      assertThat(kept.cache().length()).isEqualTo(20);
      assertThat(kept.prompt().text()).isEqualTo("twenty");
    }
  }

  @Test
  void backTo_tokensWereGivenUp_holdsNoMoreThanTheCache() {
    var shape = new KvShape(1, 1, 8);
    try (var pool = new PagePool(1 << 20);
        var kept =
            new KeptContext(
                new KvCache(shape, KvType.F32, pool), new Prompt("twenty", new int[20]))) {
      for (int i = 0; i < 5; i++) {
        kept.cache().append(0, 0, new float[8], new float[8], i);
      }

      kept.backTo(kept.prompt());

      assertThat(kept.cache().length()).isEqualTo(5);
      assertThat(kept.prompt().tokens()).hasSize(5);
    }
  }
}
