package io.madeleine.langchain4j.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agentic.scope.AgenticScopeKey;
import dev.langchain4j.agentic.scope.DefaultAgenticScope;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TurnLogScopeStoreTest {

  private static final AgenticScopeKey KEY = new AgenticScopeKey("planner", 7);

  @TempDir Path directory;

  @Test
  void save_twiceThenReopen_loadsTheNewestAndKeepsNoOther() {
    try (var log = TurnLog.open(directory, Clock.systemUTC())) {
      var store = store(log, "acme");
      store.save(KEY, scope("Oslo"));
      store.save(KEY, scope("Bergen"));
    }
    try (var log = TurnLog.open(directory, Clock.systemUTC())) {
      var store = store(log, "acme");

      assertThat(store.load(KEY).orElseThrow().readState("city")).isEqualTo("Bergen");
      assertThat(store.getAllKeys()).containsExactly(KEY);
      assertThat(log.turns(log.conversations(new Tenant("acme")).getFirst())).hasSize(1);
    }
  }

  @Test
  void save_anErasureWasCutShort_takesWhatItLeft() {
    try (var log = TurnLog.open(directory, Clock.systemUTC())) {
      var store = store(log, "acme");
      store.save(KEY, scope("Oslo"));
      ConversationKey place = log.conversations(new Tenant("acme")).getFirst();
      LoggedTurn oslo = log.turns(place).getFirst();
      log.append(place, oslo.messages(), oslo.attributes());
      store.save(KEY, scope("Bergen"));

      assertThat(log.turns(place)).hasSize(1);
      assertThat(store.load(KEY).orElseThrow().readState("city")).isEqualTo("Bergen");
      assertThat(store.getAllKeys()).containsExactly(KEY);
    }
  }

  @Test
  void load_anotherTenantOrDeleted_findsNothing() {
    try (var log = TurnLog.open(directory, Clock.systemUTC())) {
      var store = store(log, "acme");
      store.save(KEY, scope("Oslo"));

      assertThat(store(log, "umbrella").load(KEY)).isEmpty();
      assertThat(store(log, "umbrella").getAllKeys()).isEmpty();
      assertThat(store.delete(KEY)).isTrue();
      assertThat(store.delete(KEY)).isFalse();
      assertThat(store.load(KEY)).isEmpty();
      assertThat(store.getAllKeys()).isEmpty();
    }
  }

  private static TurnLogScopeStore store(TurnLog log, String tenant) {
    return new TurnLogScopeStore(log, new Tenant(tenant), Clock.systemUTC());
  }

  private static DefaultAgenticScope scope(String city) {
    DefaultAgenticScope scope = DefaultAgenticScope.ephemeralAgenticScope();
    scope.writeState("city", city);
    return scope;
  }
}
