package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.episodic.EpisodicOptions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.pause.PauseOptions;
import io.madeleine.memory.pause.ToolPauses;
import io.madeleine.memory.retention.Lease;
import io.madeleine.memory.retention.LeaseEvent.Kind;
import io.madeleine.memory.retention.RetentionPolicy;
import io.madeleine.memory.tier.TierLimits;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose working cache stays while tools run, and whose goes for others. */
final class LeasedConversationTest {

  private static final Tenant ANN = new Tenant("ann");
  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

  private final AtomicLong nanos = new AtomicLong();
  @TempDir private Path directory;

  @Test
  void awaits_whileTheToolRuns_theOthersGiveUpTheirMemoryFirst() {
    withLeases(
        minds -> {
          sayTo(minds, "waits");
          sayTo(minds, "idle");
          Lease lease = mind(minds, "waits").awaits(List.of("report"), none()).orElseThrow();
          sayTo(minds, "third");

          assertThat(mind(minds, "waits").isResident()).isTrue();
          assertThat(mind(minds, "idle").isResident()).isFalse();
          assertThat(lease.decision().why()).contains("leased for 5", "'report'");
          assertThat(minds.pauses().waiting(ANN).getFirst().why())
              .isEqualTo(lease.decision().why());
        });
  }

  @Test
  void awaits_allAreLeased_theLatestIsTakenBackAndNobodyWaits() {
    withLeases(
        minds -> {
          for (String each : List.of("first", "second")) {
            sayTo(minds, each);
            mind(minds, each).awaits(List.of("report"), none());
          }
          sayTo(minds, "third");

          assertThat(mind(minds, "first").isResident()).isTrue();
          assertThat(mind(minds, "second").isResident()).isFalse();
          assertThat(minds.pauses().log(ANN).getLast().kind()).isEqualTo(Kind.TAKEN_BACK);
        });
  }

  @Test
  void awaits_deadlineHasPassed_goesLikeAnyOther() {
    withLeases(
        minds -> {
          sayTo(minds, "waits");
          sayTo(minds, "idle");
          mind(minds, "waits").awaits(List.of("report"), none());
          nanos.addAndGet(6_000_000_000L);
          sayTo(minds, "third");

          assertThat(mind(minds, "waits").isResident()).isFalse();
          assertThat(mind(minds, "idle").isResident()).isTrue();
        });
  }

  @Test
  void say_afterTheTool_endsTheLeaseAndTeachesHowLongItTook() {
    withLeases(
        minds -> {
          sayTo(minds, "waits");
          mind(minds, "waits").awaits(List.of("report"), none());
          nanos.addAndGet(3_000_000_000L);
          sayTo(minds, "waits");

          assertThat(minds.pauses().waiting(ANN)).isEmpty();
          assertThat(minds.pauses().leasedBytes()).isZero();
          assertThat(minds.pauses().gaps().quantile("report", 0.5)).hasValue(3);
        });
  }

  private static OptionalDouble none() {
    return OptionalDouble.empty();
  }

  private static EpisodicConversation mind(EpisodicConversations minds, String id) {
    return minds.conversation(new ConversationKey(ANN, id), List.of());
  }

  private static void sayTo(EpisodicConversations minds, String id) {
    var two = GenerationOptions.of(SamplingOptions.GREEDY, new StopRule(Set.of(), List.of(), 2));
    mind(minds, id).say("my sister keeps bees", two, MindListener.NONE, new CancelToken());
  }

  /** At most two working caches; leases of five seconds, on the test's clock. */
  private void withLeases(Consumer<EpisodicConversations> what) {
    var leases =
        new PauseOptions(
            new RetentionPolicy.Fixed(5), new RetentionPolicy.Fixed(5), 32 << 20, 1_800, 0);
    var two =
        new MindOptions(
            EpisodicOptions.DEFAULT.tokens(24, 96),
            32 << 20,
            TierLimits.within(4 << 20),
            64 << 20,
            2,
            6);
    Path model = TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf"));
    Path data = directory.resolve("data");
    try (var log = TurnLog.open(data.resolve("history"), CLOCK);
        var index = TurnIndex.open(data.resolve("index"), IndexOptions.DEFAULT, Optional.empty());
        var ready =
            ReadyModel.open(model, CLOCK, new EngineOptions(1, false), 1 << 26, Long.MAX_VALUE);
        var minds =
            new EpisodicConversations(
                ready,
                log,
                index,
                data,
                two,
                CLOCK,
                Optional.empty(),
                new ToolPauses(leases, nanos::get))) {
      what.accept(minds);
    }
  }
}
