package io.madeleine.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.generation.TokenSet;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conversations that speak at the same time share the model's steps. */
final class ConversationsTogetherTest {

  private static final int PEOPLE = 5;
  private static final int ANSWER = 24;

  private final Path directory;

  ConversationsTogetherTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private ConversationFactory open(String data) {
    Path model = TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf"));
    return ConversationFactory.open(
        model,
        ConversationConfig.builder(directory.resolve(data))
            .engine(new EngineOptions(1, /* warmUp= */ false))
            .kvBytes(64 << 20)
            .build());
  }

  /** Holds the model back at the first token until everybody has come. */
  private static final class Gate implements TokenMask {
    private final ConversationFactory factory;
    private final CountDownLatch reached = new CountDownLatch(1);

    Gate(ConversationFactory factory) {
      this.factory = factory;
    }

    @Override
    public TokenSet allowed() {
      reached.countDown();
      while (factory.load().running() + factory.load().waiting() < PEOPLE) {
        Thread.onSpinWait();
      }
      return TokenSet.of(200_000, id -> true);
    }

    @Override
    public boolean mayEnd() {
      return false;
    }

    @Override
    public void accept(int token) {}
  }

  private static TurnOptions options(Optional<TokenMask> mask) {
    return new TurnOptions(
        SamplingOptions.GREEDY, ANSWER, List.of(), List.of(), mask, TurnOptions.OnCancel.KEEP);
  }

  private static Turn say(ConversationFactory factory, int person, Optional<TokenMask> mask) {
    return factory
        .conversation(ConversationKey.of("tenant", "person " + person), ConversationSetup.PLAIN)
        .say("number " + person, options(mask), TurnListener.NONE);
  }

  @Test
  void say_manyAtOnce_shareStepsAndEachGetsItsOwnAnswer() throws InterruptedException {
    Map<Integer, Integer> alone = new HashMap<>();
    try (ConversationFactory factory = open("alone")) {
      for (int person = 0; person < PEOPLE; person++) {
        alone.put(person, say(factory, person, Optional.empty()).tokens().read());
      }
    }
    Map<Integer, Turn> together = Collections.synchronizedMap(new HashMap<>());
    try (ConversationFactory factory = open("together")) {
      var gate = new Gate(factory);
      List<Thread> threads = new ArrayList<>();
      for (int person = 0; person < PEOPLE; person++) {
        int who = person;
        Optional<TokenMask> mask = person == 0 ? Optional.of(gate) : Optional.empty();
        threads.add(Thread.ofPlatform().start(() -> together.put(who, say(factory, who, mask))));
        if (person == 0) {
          gate.reached.await(); // or the others have come and gone before there is a gate
        }
      }
      for (Thread thread : threads) {
        thread.join();
      }
      long tokens = 0;
      for (int person = 0; person < PEOPLE; person++) {
        Turn turn = Objects.requireNonNull(together.get(person));
        assertThat(turn.tokens().read()).isEqualTo(alone.get(person));
        tokens += turn.tokens().read() + turn.tokens().written();
      }
      assertThat(factory.load().steps()).isLessThan(tokens / 2);
      assertThat(factory.load().running()).isZero();
    }
  }
}
