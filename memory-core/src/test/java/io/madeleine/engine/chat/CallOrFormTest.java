package io.madeleine.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.generation.TokenSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class CallOrFormTest {

  private static final int OPENING = 1;
  private static final int FORMED = 2;
  private static final int CALLED = 3;
  private static final int VOCABULARY = 8;

  /** One token, then another as often as it comes. */
  private static final class Only implements TokenMask {
    private final int first;
    private final int then;
    private int heard;

    Only(int first, int then) {
      this.first = first;
      this.then = then;
    }

    @Override
    public TokenSet allowed() {
      return TokenSet.of(VOCABULARY, id -> id == (heard == 0 ? first : then));
    }

    @Override
    public boolean mayEnd() {
      return heard > 1;
    }

    @Override
    public void accept(int token) {
      assertThat(allowed().contains(token)).isTrue();
      heard++;
    }
  }

  private static TokenMask form() {
    return new Only(FORMED, FORMED);
  }

  private static int[] allowed(TokenMask mask) {
    TokenSet allowed = mask.allowed();
    return IntStream.range(0, VOCABULARY).filter(allowed::contains).toArray();
  }

  @Test
  void accept_firstToken_decidesForTheWholeAnswer() {
    for (int first : new int[] {OPENING, FORMED}) {
      int then = first == OPENING ? CALLED : FORMED;
      var mask = new CallOrForm(form(), OPENING, new Only(OPENING, CALLED), VOCABULARY);
      assertThat(allowed(mask)).containsExactly(OPENING, FORMED);
      assertThat(mask.mayEnd()).isFalse();

      mask.accept(first);

      assertThat(allowed(mask)).containsExactly(then);
      mask.accept(then);
      assertThat(mask.mayEnd()).isTrue();
    }
  }

  @Test
  void ofAnyCall_leavesACallAloneAndNothingElse() {
    CallOrForm mask = CallOrForm.ofAnyCall(form(), OPENING, VOCABULARY);
    assertThat(allowed(mask)).containsExactly(OPENING, FORMED);

    mask.accept(OPENING);

    assertThat(allowed(mask)).hasSize(VOCABULARY);
    assertThat(mask.mayEnd()).isTrue();
  }
}
