package io.madeleine.server.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.grammar.JsonForm;
import io.madeleine.engine.grammar.TokenTrie;
import io.madeleine.engine.json.Json;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.engine.tokenizer.Tokenizers;
import io.madeleine.engine.tokenizer.Vocabularies;
import io.madeleine.server.openai.KeptForms.Form;
import io.madeleine.server.openai.protocol.ChatRequest.ResponseForm;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Forms are kept within a bound that holds for all of them. */
final class KeptFormsTest {

  private static final Tokenizer TOKENIZER =
      Tokenizers.of(Vocabularies.bytePair("gpt-2", 50, 3), "gpt2", "gpt-2");
  private static final TokenTrie TRIE = TokenTrie.of(TOKENIZER);
  private static final long PLENTY = 1L << 40;

  private final AtomicInteger made = new AtomicInteger();

  @Test
  void of_manyThatGrow_keepsThoseAskedForLastWithinTheBound() {
    Form one = text(new KeptForms(32, PLENTY), 0);
    write(one.masks().get());
    long bound = 4 * one.bytes().getAsLong();
    made.set(0);
    var forms = new KeptForms(32, bound);
    long all = 0;
    for (int i = 0; i < 30; i++) {
      Form form = text(forms, i);
      long others = forms.bytes() - form.bytes().getAsLong();
      assertThat(others).as("with %d kept", forms.size()).isLessThanOrEqualTo(bound);
      write(form.masks().get());
      all += form.bytes().getAsLong();
    }
    text(forms, 29);

    assertThat(all).as("what they would take together").isGreaterThan(2 * bound);
    assertThat(forms.bytes()).isBetween(1L, bound);
    assertThat(forms.size()).isBetween(2, 4);
    assertThat(made).as("the last is there still").hasValue(30);
    text(forms, 0);
    assertThat(made).as("the first is not").hasValue(31);
  }

  @Test
  void of_oneThatIsAskedForAgain_staysBeforeOthers() {
    var forms = new KeptForms(3, 100);
    for (String asked : new String[] {"a", "b", "c", "a", "d"}) {
      sized(forms, asked, 10);
    }
    assertThat(forms.size()).as("no more than may be kept").isEqualTo(3);

    sized(forms, "a", 10);
    assertThat(made).as("a, b, c and d").hasValue(4);
    sized(forms, "b", 10);
    assertThat(made).as("b was asked for longest ago").hasValue(5);
  }

  @Test
  void of_oneLargerThanTheBound_isKeptAlone() {
    var forms = new KeptForms(32, 100);
    sized(forms, "small", 10);
    sized(forms, "large", 1_000);
    sized(forms, "large", 1_000);

    assertThat(forms.size()).isEqualTo(1);
    assertThat(made).hasValue(2);
  }

  @Test
  void of_formThatIsDropped_goesOnInAnAnswerUnderWay() {
    var forms = new KeptForms(1, PLENTY);
    TokenMask underWay = text(forms, 0).masks().get();
    underWay.accept(token("\""));
    text(forms, 1);

    assertThat(forms.size()).isEqualTo(1);
    assertThat(underWay.allowed().contains(token("a"))).isTrue();
    underWay.accept(token("\""));
    assertThat(underWay.mayEnd()).isTrue();
  }

  /** Texts of up to so many characters more than a hundred. */
  private Form text(KeptForms forms, int more) {
    String schema = "{\"type\":\"string\",\"maxLength\":%d}".formatted(100 + more);
    return forms.of(
        new ResponseForm.Schema(schema),
        () -> {
          made.incrementAndGet();
          JsonForm form = JsonForm.of(Json.parse(schema), TOKENIZER, TRIE);
          return new Form(form::newMask, form::bytes);
        });
  }

  private void sized(KeptForms forms, String asked, long bytes) {
    forms.of(
        new ResponseForm.Schema(asked),
        () -> {
          made.incrementAndGet();
          return new Form(
              () -> {
                throw new AssertionError("nothing is written");
              },
              () -> bytes);
        });
  }

  private static void write(TokenMask mask) {
    mask.accept(token("\""));
    for (int i = 0; i < 100; i++) {
      assertThat(mask.allowed().contains(token("a"))).isTrue();
      mask.accept(token("a"));
    }
    mask.accept(token("\""));
  }

  private static int token(String text) {
    return TOKENIZER.encode(text, false)[0];
  }
}
