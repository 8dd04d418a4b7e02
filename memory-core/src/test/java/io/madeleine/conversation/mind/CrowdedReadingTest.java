package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.episodic.EpisodicOptions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.FinishReason;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.tier.TierLimits;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** While one conversation reads for long, others fill the memory and fall silent: they give it. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class CrowdedReadingTest {

  private static final ConversationKey ADA = ConversationKey.of("ann", "ada");
  private static final List<ConversationKey> OTHERS =
      List.of(ConversationKey.of("ann", "bob"), ConversationKey.of("ann", "cid"));
  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
  private static final String BOATS = "the harbour master counts grey boats. ";

  /** Bytes of a working cache that fills the model's context. */
  private static final long FULL_CACHE =
      new KvShape(
              TinyModel.GROUPED.layers(), TinyModel.GROUPED.kvHeads(), TinyModel.GROUPED.headDim())
          .bytes(TinyModel.CONTEXT, KvType.F32);

  @TempDir private Path directory;

  @Test
  void say_memoryFullBetweenTwoBlocks_readsTheNextWithThatOfTheSilent() {
    with(
        FULL_CACHE * 5 / 2,
        minds -> {
          var crowd = new Crowd(minds, 1);

          EpisodicTurn turn = say(minds, ADA, BOATS.repeat(150), 4, crowd);

          assertThat(crowd.said).allMatch(each -> each.join().logged().isPresent());
          assertThat(turn.logged()).isPresent();
          assertThat(turn.read()).isGreaterThan(TinyModel.CONTEXT);
          assertThatSomebodyGave(minds);
        });
  }

  @Test
  void say_memoryFullWhileAnImportIsRead_opensWithThatOfTheSilent() {
    with(
        FULL_CACHE * 9 / 4,
        minds -> {
          minds.append(IntStream.range(0, 5).mapToObj(turn -> told("box " + turn)).toList());
          minds.append(List.of(told(BOATS.repeat(20)), told("and that is all")));
          var crowd = new Crowd(minds, 4);

          assertThat(say(minds, ADA, "what is there", 4, crowd).logged()).isPresent();

          assertThat(crowd.said).allMatch(each -> each.join().logged().isPresent());
          assertThat(minds.conversation(ADA).mind().turns()).isEqualTo(8);
          assertThatSomebodyGave(minds);
        });
  }

  private static void assertThatSomebodyGave(EpisodicConversations minds) {
    assertThat(OTHERS)
        .extracting(each -> minds.conversation(each).isResident())
        .as("one that is silent gave its memory")
        .contains(false);
  }

  private static EpisodicTurn say(
      EpisodicConversations minds,
      ConversationKey key,
      String text,
      int tokens,
      MindListener listener) {
    var greedy =
        GenerationOptions.of(SamplingOptions.GREEDY, new StopRule(Set.of(), List.of(), tokens));
    return minds.conversation(key).say(text, greedy, listener, new CancelToken());
  }

  private static TurnLog.Draft told(String text) {
    return new TurnLog.Draft(
        ADA,
        List.of(
            new LoggedMessage(Instant.EPOCH, new ChatMessage.User(text)),
            new LoggedMessage(Instant.EPOCH, new ChatMessage.Assistant("I see."))),
        Map.of());
  }

  private void with(long workingBytes, Consumer<EpisodicConversations> what) {
    Path model = TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf"));
    Path data = directory.resolve("data");
    var options =
        new MindOptions(
            EpisodicOptions.DEFAULT.tokens(200, 96),
            workingBytes,
            TierLimits.within(4 << 20),
            64 << 20,
            64,
            6);
    var engine = new EngineOptions(1, /* warmUp= */ false);
    try (var log = TurnLog.open(data.resolve("history"), CLOCK);
        var index = TurnIndex.open(data.resolve("index"), IndexOptions.DEFAULT, Optional.empty());
        var ready = ReadyModel.open(model, CLOCK, engine, 1 << 26, Long.MAX_VALUE);
        var minds = new EpisodicConversations(ready, log, index, data, options, CLOCK)) {
      what.accept(minds);
    }
  }

  /**
   * Others began to speak before the reader did, while there was room for all. When they go on,
   * each until its context is full, the reader waits for them.
   */
  private static final class Crowd implements MindListener {
    private final CountDownLatch goesOn = new CountDownLatch(1);
    private final List<CompletableFuture<EpisodicTurn>> said;
    private int untilFull;

    /**
     * @param reading what the reader hears of its reading when the memory fills: the first time, or
     *     a later one
     */
    Crowd(EpisodicConversations minds, int reading) {
      this.untilFull = reading;
      var began = new CountDownLatch(OTHERS.size());
      var holds =
          new MindListener() {
            @Override
            public void recalled(int episodes, int tokens) {
              began.countDown();
              await(goesOn);
            }
          };
      this.said =
          OTHERS.stream()
              .map(
                  each ->
                      CompletableFuture.supplyAsync(
                          () -> say(minds, each, "my sister keeps bees", 4_000, holds),
                          Thread::startVirtualThread))
              .toList();
      await(began);
    }

    @Override
    public void reading(int read, int all) {
      if (--untilFull == 0) {
        goesOn.countDown();
        assertThat(said).extracting(each -> each.join().finish()).containsOnly(FinishReason.LENGTH);
      }
    }

    private static void await(CountDownLatch latch) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
