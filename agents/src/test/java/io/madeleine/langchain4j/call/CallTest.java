package io.madeleine.langchain4j.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a call keeps, which may be for long: nobody says that a stream was never started. */
final class CallTest {

  @Test
  void asked_questionWithAPicture_keepsTheWordsUntilAModelIsAsked() {
    Call call =
        going(
            UserMessage.from(
                TextContent.from("Who is this?"), ImageContent.from("https://a.org/b.png")));
    assertThat(call.asked()).contains("Who is this?");
    call.ask();

    assertThat(call.asked()).isEmpty();
  }

  @Test
  void asked_severalTexts_keepsNone() {
    assertThat(going(UserMessage.from(TextContent.from("a"), TextContent.from("b"))).asked())
        .isEmpty();
  }

  @Test
  void isAskedIn_conversationInWhichAToolSpeaks_isNotItsOwn() {
    Call call = going(UserMessage.from("Who?"));
    Object own = new Object();
    Object other = new Object();
    call.beginsIn(own);
    call.ask();
    call.beginsIn(other);

    assertThat(call.isAskedIn(own)).isTrue();
    assertThat(call.isAskedIn(other)).isFalse();
  }

  @Test
  void instead_answerLeftAsItWas_isEmpty() {
    Call call = going(UserMessage.from("Who?"));
    call.guard("poor", "poor");
    assertThat(call.instead()).isEmpty();
    call.guard("better", "better still");

    assertThat(call.instead()).contains(new Call.Instead("poor", "better still"));
  }

  @Test
  void takeQuestion_takenOnce_isNotKeptEvenIfAGuardrailAsksAgain() {
    Call call = going(UserMessage.from("Who?"));
    UserMessage asked =
        UserMessage.from(TextContent.from("Who?"), ImageContent.from("https://a.org/b.png"));
    call.answer(Optional.of(asked));
    assertThat(call.takeQuestion()).contains(asked);
    assertThat(call.takeQuestion()).isEmpty();
    call.answer(Optional.of(asked));

    assertThat(call.takeQuestion()).isEmpty();
  }

  private static Call going(UserMessage asked) {
    return Call.going(UUID.randomUUID(), Optional.empty(), asked);
  }
}
