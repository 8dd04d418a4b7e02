package io.madeleine.conversation.episodic.packing;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.token.TokenSpan;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PackingTest {

  private static final List<TokenSpan> WANTED =
      List.of(
          new TokenSpan(20, 30), new TokenSpan(10, 20), new TokenSpan(25, 40), new TokenSpan(2, 8));

  @Test
  void spans_ofWhatWasPacked_holdEachTokenOnceInTheOrderOfTime() {
    BitSet chosen = Packing.pack(WANTED, /* end= */ 36, /* room= */ 31);

    assertThat(Packing.spans(chosen, WANTED))
        .containsExactly(new TokenSpan(10, 20), new TokenSpan(20, 25), new TokenSpan(25, 36));
  }

  @Test
  void spans_ofNothing_areNone() {
    assertThat(Packing.spans(new BitSet(), WANTED)).isEmpty();
  }
}
