package io.madeleine.langchain4j.store;

import dev.langchain4j.agentic.scope.AgenticScopeKey;
import dev.langchain4j.agentic.scope.AgenticScopeSerializer;
import dev.langchain4j.agentic.scope.AgenticScopeStore;
import dev.langchain4j.agentic.scope.DefaultAgenticScope;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.time.Clock;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The scopes of LangChain4j's agents on the turn log: as durable as a turn, erased with the tenant.
 * The newest state takes the place of the one before in one write, so a crash leaves one of them in
 * force. A scope has no words, so no search finds it.
 *
 * <p>The one before vanishes from the disk, too: each save writes the log's newest file anew, up to
 * {@link io.madeleine.memory.history.LogOptions#segmentBytes}, and whoever appends meanwhile waits.
 * Where agents take many steps give their scopes a log of their own with small files.
 *
 * <p>Hand it to {@code AgenticScopePersister.setStore}. Scopes are kept in conversations of their
 * own, {@code agentic-scope/AGENT/ID}. Thread-safe.
 */
public final class TurnLogScopeStore implements AgenticScopeStore {

  private static final String PREFIX = "agentic-scope/";
  private static final String STATE = "agentic.scope";
  private static final String AGENT = "agentic.agent";
  private static final String ID = "agentic.id";
  private static final String NUMBER = "agentic.id.number";

  private final TurnLog log;
  private final Tenant tenant;
  private final Clock clock;

  /**
   * @param log stays the caller's, who closes it
   * @param tenant whose agents they are
   * @param clock of the states' times
   */
  public TurnLogScopeStore(TurnLog log, Tenant tenant, Clock clock) {
    this.log = log;
    this.tenant = tenant;
    this.clock = clock;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the memory id is neither text nor a whole number
   */
  @Override
  public synchronized boolean save(AgenticScopeKey key, DefaultAgenticScope scope) {
    requireKnown(key.memoryId());
    ConversationKey place = place(key);
    List<LoggedTurn> before = log.turns(place);
    var state =
        new LoggedMessage(
            "",
            clock.instant(),
            "",
            new ChatMessage.System(""),
            Map.of(STATE, AgenticScopeSerializer.toJson(scope)));
    Map<String, String> whose =
        Map.of(
            AGENT, key.agentId(),
            ID, key.memoryId().toString(),
            NUMBER, Boolean.toString(key.memoryId() instanceof Number));
    if (before.isEmpty() || log.exchange(last(before), List.of(state), whose).isEmpty()) {
      log.append(place, List.of(state), whose);
    }
    before.stream() // an older one was left by an erasure that was cut short
        .limit(Math.max(0, before.size() - 1))
        .forEach(turn -> log.erase(new Erasure.OfTurn(place, turn.sequence())));
    return true;
  }

  private static Erasure.OfTurn last(List<LoggedTurn> turns) {
    return new Erasure.OfTurn(turns.getLast().conversation(), turns.getLast().sequence());
  }

  @Override
  public synchronized Optional<DefaultAgenticScope> load(AgenticScopeKey key) {
    return log.latest(place(key), 1).stream()
        .findFirst()
        .flatMap(turn -> Optional.ofNullable(turn.messages().getFirst().attributes().get(STATE)))
        .map(AgenticScopeSerializer::fromJson);
  }

  @Override
  public synchronized boolean delete(AgenticScopeKey key) {
    boolean there = log.size(place(key)) > 0;
    if (there) {
      log.erase(new Erasure.OfConversation(place(key)));
    }
    return there;
  }

  @Override
  public synchronized Set<AgenticScopeKey> getAllKeys() {
    var keys = new LinkedHashSet<AgenticScopeKey>();
    for (ConversationKey conversation : log.conversations(tenant)) {
      if (conversation.id().startsWith(PREFIX)) {
        log.latest(conversation, 1).forEach(turn -> keys.add(key(turn.attributes())));
      }
    }
    return keys;
  }

  private ConversationKey place(AgenticScopeKey key) {
    return new ConversationKey(tenant, PREFIX + key.agentId() + "/" + key.memoryId());
  }

  private static AgenticScopeKey key(Map<String, String> written) {
    String id = written.getOrDefault(ID, "");
    Object memoryId = Boolean.parseBoolean(written.get(NUMBER)) ? number(id) : id;
    return new AgenticScopeKey(written.getOrDefault(AGENT, ""), memoryId);
  }

  private static Object number(String id) {
    long number = Long.parseLong(id);
    return (int) number == number ? (Object) (int) number : (Object) number;
  }

  private static void requireKnown(Object id) {
    if (!(id instanceof String || id instanceof Integer || id instanceof Long)) {
      throw new IllegalArgumentException(
          "a scope's memory id is a %s: take a String, Integer or Long"
              .formatted(id.getClass().getName()));
    }
  }
}
