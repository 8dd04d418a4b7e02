package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import io.madeleine.memory.identity.ConversationKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One conversation whose window somebody else keeps: the list as it was handed over last, and the
 * turns that go on. A window lets several go on at once, and its list does not say which answer is
 * whose; who hands it over does. So every asker has a turn of his own, and none waits for another.
 * Thread-safe.
 */
final class KeptWindow {

  /** Turns that go on at once; of more, the oldest is taken for failed. */
  private static final int AT_ONCE = 64;

  private final Supplier<EpisodicChatMemory> fresh;
  private final Map<Object, EpisodicChatMemory> going = new LinkedHashMap<>();
  private Optional<List<ChatMessage>> shown = Optional.empty();
  private Optional<SystemMessage> system = Optional.empty();

  KeptWindow(Object id, ConversationKey conversation, MemorySettings settings) {
    MemorySettings impatient = settings.with(Duration.ZERO);
    var history = new History(settings.log(), conversation, settings.clock());
    this.fresh = () -> new EpisodicChatMemory(id, conversation, impatient, history);
  }

  /** {@return the list that was handed over last; before the first, the newest turns of the log} */
  synchronized List<ChatMessage> messages() {
    return shown.orElseGet(() -> fresh.get().messages());
  }

  /** Logs what is new in {@code messages}. */
  synchronized void update(List<ChatMessage> messages) {
    List<ChatMessage> before = messages();
    int from = freshFrom(before, messages);
    if (from == 0 && before.stream().anyMatch(AiMessage.class::isInstance)) {
      replace(messages);
    } else {
      messages.subList(from, messages.size()).forEach(this::add);
    }
    going.values().removeIf(EpisodicChatMemory::isIdle);
    shown = Optional.of(List.copyOf(messages));
  }

  /** Erases the conversation from the log, for good. */
  synchronized void clear() {
    forget();
    fresh.get().clear();
  }

  /** {@return whether no turn is going on, so that the log knows all} */
  synchronized boolean isIdle() {
    return going.values().stream().allMatch(EpisodicChatMemory::isIdle);
  }

  private void forget() {
    going.clear();
    shown = Optional.empty();
    system = Optional.empty();
  }

  private void replace(List<ChatMessage> messages) {
    forget();
    EpisodicChatMemory memory = fresh.get();
    memory.set(messages);
    going.put(Asker.here().key(), memory);
  }

  private void add(ChatMessage message) {
    switch (message) {
      case SystemMessage changed -> system = Optional.of(changed);
      case UserMessage user -> begin(user);
      default -> follow(message);
    }
  }

  /** The asker's turn becomes the newest; what he left open there is dropped or kept as ever. */
  private void begin(UserMessage user) {
    Object asker = Asker.here().key();
    EpisodicChatMemory memory = Optional.ofNullable(going.remove(asker)).orElseGet(fresh);
    going.put(asker, memory);
    if (going.size() > AT_ONCE) {
      going.remove(going.keySet().iterator().next());
    }
    system.ifPresent(memory::add);
    memory.add(user);
  }

  /** What is no question belongs to the asker's own turn. */
  private void follow(ChatMessage message) {
    Asker asker = Asker.here();
    Optional<EpisodicChatMemory> own =
        Optional.ofNullable(going.get(asker.key()))
            .or(() -> Optional.ofNullable(going.get(asker.thread())));
    if (own.isPresent()) {
      own.get().add(message);
    } else if (asker.call().isEmpty()) {
      elsewhere(message).add(message);
    } // else the turn of this call has failed, and its answer comes too late
  }

  /**
   * {@return the turn for a thread that asked nothing} It answers for another, as a stream's does:
   * the newest question of those to which the message can belong. Without one it is a greeting.
   */
  private EpisodicChatMemory elsewhere(ChatMessage message) {
    return new ArrayList<>(going.values())
        .reversed().stream()
            .filter(memory -> !memory.isIdle() && memory.takes(message))
            .findFirst()
            .orElseGet(fresh);
  }

  /**
   * {@return where the new messages of {@code now} begin; 0 if it does not go on from {@code
   * before}} A window keeps the order, drops from the front, moves the system message, and appends.
   */
  private static int freshFrom(List<ChatMessage> before, List<ChatMessage> now) {
    var left = new HashMap<ChatMessage, Integer>();
    before.forEach(message -> left.merge(message, 1, Integer::sum));
    int at = 0;
    int next = 0;
    while (next < now.size()) {
      ChatMessage message = now.get(next);
      if (message instanceof SystemMessage && left.containsKey(message)) {
        next++;
        continue;
      }
      while (at < before.size() && !before.get(at).equals(message)) {
        at++;
      }
      if (at == before.size()) {
        break;
      }
      at++;
      next++;
    }
    return next;
  }
}
