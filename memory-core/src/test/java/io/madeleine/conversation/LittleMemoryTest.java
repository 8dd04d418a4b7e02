package io.madeleine.conversation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.conversation.Turn.Finish;
import io.madeleine.conversation.ready.ContextTooLongException;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.generation.TokenSet;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The memory for keys and values holds less than the model's context. */
final class LittleMemoryTest {

  private static final int HELD = 256;

  @TempDir private Path directory;

  private ConversationFactory open() {
    long halfPrecision = 2L * TinyModel.GROUPED.headDim() * 2;
    long heads = (long) TinyModel.GROUPED.layers() * TinyModel.GROUPED.kvHeads();
    return ConversationFactory.open(
        TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf")),
        ConversationConfig.builder(directory.resolve("data"))
            .engine(new EngineOptions(1, /* warmUp= */ false))
            .kvBytes(HELD * heads * halfPrecision)
            .build());
  }

  private static Turn say(ConversationFactory factory, String text) {
    var options =
        new TurnOptions(
            SamplingOptions.GREEDY,
            TinyModel.CONTEXT,
            List.of(),
            List.of(),
            Optional.of(new Endless()),
            TurnOptions.OnCancel.KEEP);
    return factory
        .conversation(ConversationKey.of("ann", "tea"), ConversationSetup.PLAIN)
        .say(text, options, TurnListener.NONE);
  }

  @Test
  void say_answerThatTheMemoryDoesNotHold_endsThereAndTheNextTurnGoesOn() {
    try (ConversationFactory factory = open()) {
      assertThat(factory.contextLength()).isEqualTo(HELD);

      Turn first = say(factory, "go on");
      Turn second = say(factory, "and on");

      assertThat(first.finish()).isEqualTo(Finish.LENGTH);
      assertThat(first.tokens().read() + first.tokens().written()).isBetween(HELD, HELD + 1);
      assertThat(second.finish()).isEqualTo(Finish.LENGTH);
      assertThat(second.turnsLeftOut()).isOne();
    }
  }

  @Test
  void say_moreThanTheMemoryHolds_isRefusedSayingHowMuchThatIs() {
    try (ConversationFactory factory = open()) {
      assertThatThrownBy(() -> say(factory, "many words ".repeat(200)))
          .isInstanceOf(ContextTooLongException.class)
          .hasMessageContaining("the memory for keys and values holds %d".formatted(HELD - 1))
          .hasMessageContaining("give keys and values at least");
      assertThat(factory.kvBytes()).isZero();
    }
  }

  /** Lets everything through but the end. */
  private static final class Endless implements TokenMask {
    @Override
    public TokenSet allowed() {
      return TokenSet.of(200_000, id -> true);
    }

    @Override
    public boolean mayEnd() {
      return false;
    }

    @Override
    public void accept(int token) {}
  }
}
