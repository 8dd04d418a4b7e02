package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.episodic.EpisodicOptions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.tier.Tier;
import io.madeleine.memory.tier.TierLimits;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tenants take together does not grow with their number. */
final class ManyTenantsTest {

  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
  private static final int TENANTS = 50;
  private static final TierLimits TIERS = TierLimits.within(256 << 10);
  private static final String SAID =
      "my sister Zelandra keeps bees in Quillport, in nine yellow hives behind a mill, and sells dark"
          + " honey on Sundays to sailors, bakers, clerks and nuns of every village nearby";

  @TempDir private Path directory;

  @Test
  void say_manyTenants_memoryAndThreadsStayWithinTheirBounds() {
    with(
        minds -> {
          long budget = minds.memoryBudget();
          long writers = writers();
          for (int tenant = 0; tenant < TENANTS; tenant++) {
            assertThat(say(minds, key(tenant)).closed()).isNotEmpty();
            assertThat(minds.memoryBytes()).isLessThanOrEqualTo(budget);
          }
          assertThat(writers()).isLessThanOrEqualTo(writers);
          assertThat(minds.memoryBudget()).isEqualTo(budget);

          IntStream.range(0, TENANTS)
              .forEach(tenant -> minds.conversation(key(tenant), List.of()).shut());
          assertThat(minds.memoryBytes()).isPositive().isLessThanOrEqualTo(TIERS.bytes());
        });
  }

  @Test
  void forget_oneOfManyTenants_takesItsEpisodesFromTheMemoryTheyShare() {
    with(
        minds -> {
          EpisodicTurn gone = say(minds, key(0));
          EpisodicTurn stays = say(minds, key(1));
          minds.erase(new Erasure.OfTenant(key(0).tenant()));

          assertThat(gone.closed())
              .allMatch(each -> minds.tierOf(key(0).tenant(), each) == Tier.REBUILT);
          assertThat(stays.closed())
              .isNotEmpty()
              .allMatch(each -> minds.tierOf(key(1).tenant(), each) == Tier.HOT)
              .allMatch(each -> minds.tierOf(key(0).tenant(), each) == Tier.REBUILT);
        });
  }

  @Test
  void conversation_manyThatNobodyHolds_takeNoMemory() {
    with(
        minds -> {
          say(minds, key(0));
          EpisodicConversation held = minds.conversation(key(1), List.of());
          for (int tenant = 2; tenant < 2_000; tenant++) {
            minds.conversation(key(tenant), List.of());
          }
          for (int round = 0; round < 100 && minds.begun().size() > 2; round++) {
            System.gc();
          }
          assertThat(minds.begun().size()).isEqualTo(2);
          assertThat(minds.begun().find(key(0)).orElseThrow().isResident()).isTrue();
          assertThat(minds.conversation(key(1), List.of())).isSameAs(held);

          minds.begun().find(key(0)).orElseThrow().shut();
          for (int round = 0; round < 100 && minds.begun().size() > 1; round++) {
            System.gc();
          }
          assertThat(minds.begun().find(key(0))).isEmpty();
          assertThat(minds.begun().find(key(1))).containsSame(held);
        });
  }

  @Test
  void conversation_toldSomethingAndLetGo_speaksUnderItLater() {
    with(
        minds -> {
          minds.conversation(key(0), List.of(new ChatMessage.System("speak of bees")));
          for (int round = 0; round < 100 && minds.begun().size() > 0; round++) {
            System.gc();
          }
          assertThat(minds.begun().size()).isZero();

          assertThat(say(minds, key(0)).logged()).isPresent();
          assertThat(minds.conversation(key(0), List.of()).mind().prefixTokens())
              .isGreaterThan(minds.conversation(key(1), List.of()).mind().prefixTokens());
        });
  }

  private static long writers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("span-writer"))
        .count();
  }

  private static ConversationKey key(int tenant) {
    return new ConversationKey(new Tenant("tenant-" + tenant), "home");
  }

  private static EpisodicTurn say(EpisodicConversations minds, ConversationKey key) {
    var greedy = GenerationOptions.of(SamplingOptions.GREEDY, new StopRule(Set.of(), List.of(), 4));
    return minds
        .conversation(key, List.of())
        .say(SAID, greedy, MindListener.NONE, new CancelToken());
  }

  private void with(Consumer<EpisodicConversations> what) {
    Path model = TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf"));
    Path data = directory.resolve("data");
    var options =
        new MindOptions(
            EpisodicOptions.DEFAULT.tokens(24, 96), 32 << 20, TIERS, 64 << 20, TENANTS, 6);
    try (var log = TurnLog.open(data.resolve("history"), CLOCK);
        var index = TurnIndex.open(data.resolve("index"), IndexOptions.DEFAULT, Optional.empty());
        var ready =
            ReadyModel.open(model, CLOCK, new EngineOptions(1, false), 1 << 26, Long.MAX_VALUE);
        var minds = new EpisodicConversations(ready, log, index, data, options, CLOCK)) {
      what.accept(minds);
    }
  }
}
