package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import io.madeleine.langchain4j.call.Call;
import io.madeleine.langchain4j.call.Calls;
import io.madeleine.langchain4j.message.Messages;
import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.identity.ConversationKey;
import java.time.Duration;
import java.util.ArrayList;
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

  private final History history;
  private final Answered answered = new Answered(this::exchangeAnswer);
  private final Supplier<EpisodicChatMemory> fresh;
  private final Map<Object, EpisodicChatMemory> going = new LinkedHashMap<>();
  private final Latecomers late = new Latecomers();
  private final ReadLists reads = new ReadLists();
  private final Readdings readdings = new Readdings();

  /** What the calls say that erased the conversation: it is shown until they end. */
  private final Map<Call, List<ChatMessage>> passing = new LinkedHashMap<>();

  private final Call.Part part = this::over;
  private Optional<List<ChatMessage>> shown = Optional.empty();
  private Optional<SystemMessage> system = Optional.empty();

  KeptWindow(Object id, ConversationKey conversation, MemorySettings settings) {
    MemorySettings impatient = settings.with(Duration.ZERO);
    this.history = new History(settings, conversation);
    this.fresh = () -> new EpisodicChatMemory(id, conversation, impatient, history, answered);
  }

  /**
   * {@return the list that was handed over last; before the first, the newest turns of the log}
   * What was recalled for a question stands before it while its turn goes on, or its call, which
   * may ask again; and then no more.
   */
  synchronized List<ChatMessage> read() {
    List<ChatMessage> all = messages();
    reads.put(all);
    return new ArrayList<>(all); // who reads it may add to it, and hand that over
  }

  private List<ChatMessage> messages() {
    return shown.map(this::seen).orElseGet(() -> fresh.get().messages());
  }

  /** {@return {@code all} as this thread sees it, which may ask its model again} */
  private List<ChatMessage> seen(List<ChatMessage> all) {
    List<ChatMessage> seen = new ArrayList<>(all.stream().map(this::asShown).toList());
    answered.own().flatMap(Answered.Turn::question).ifPresent(asked -> putBack(asked, seen));
    return seen;
  }

  private static void putBack(UserMessage asked, List<ChatMessage> seen) {
    int at = said(seen).lastIndexOf(Messages.asSaid(asked));
    if (at >= 0) {
      seen.set(at, asked);
    }
  }

  private ChatMessage asShown(ChatMessage message) {
    boolean isAsked =
        message instanceof UserMessage user
            && going.values().stream().anyMatch(memory -> memory.isAbout(user));
    return isAsked ? message : Messages.asSaid(message);
  }

  /** Logs what is new in {@code handed}, for the thread that hands it over. */
  synchronized void update(List<ChatMessage> handed) {
    List<ChatMessage> stands = messages();
    var overtaken = new Overtaken(reads.take().orElse(stands), stands);
    List<ChatMessage> messages = overtaken.rebased(noting(handed));
    List<ChatMessage> before = said(stands);
    List<ChatMessage> now = said(messages);
    now.stream()
        .filter(message -> message instanceof SystemMessage && !before.contains(message))
        .forEach(this::add);
    var change = new HandedOver(HandedOver.talk(before), HandedOver.talk(now));
    if (!exchanges(change)) {
      goOn(change, messages);
    }
    going.values().removeIf(EpisodicChatMemory::isIdle);
    shown = Optional.of(List.copyOf(messages));
  }

  /** {@return the same with a note of what was said in the question, if it is new} */
  private List<ChatMessage> noting(List<ChatMessage> handed) {
    var messages = new ArrayList<>(handed);
    if (!messages.isEmpty()
        && messages.getLast() instanceof UserMessage question
        && !messages().contains(question)) {
      messages.set(messages.size() - 1, Asker.here().noting(question));
    }
    return messages;
  }

  private static List<ChatMessage> said(List<ChatMessage> messages) {
    return messages.stream().map(Messages::asSaid).toList();
  }

  private void goOn(HandedOver change, List<ChatMessage> messages) {
    int from = change.newFrom();
    if (from < 0 && change.before().stream().anyMatch(AiMessage.class::isInstance)) {
      replace(said(messages));
    } else {
      HandedOver.talk(messages).stream().skip(Math.max(0, from)).forEach(this::add);
    }
  }

  /** {@return whether nothing changed but results in turns that go on; then they have the new} */
  private boolean exchanges(HandedOver change) {
    List<Integer> results = change.exchangedResults();
    return !results.isEmpty() && results.stream().allMatch(at -> exchanges(change, at));
  }

  private boolean exchanges(HandedOver change, int at) {
    ChatMessage before = change.before().get(at);
    return going.values().stream()
        .anyMatch(memory -> memory.exchange(before, change.now().get(at)));
  }

  /**
   * Erases the conversation from the log, for good; behind the answer of the call that does it,
   * only the turn of that answer. A call whose tool does it goes on without being logged.
   */
  synchronized void clear() {
    Calls.here().filter(this::isBehindItsAnswer).ifPresentOrElse(this::takeBack, this::erase);
  }

  /** {@return whether {@code call} has its answer here, or lost its turn and comes too late} */
  private boolean isBehindItsAnswer(Call call) {
    boolean isNotLogged = late.contains(call) || passing.containsKey(call);
    return answered.of(call).isPresent() || (call.isAnswered() && isNotLogged);
  }

  private void erase() {
    var own = new LinkedHashMap<>(going);
    own.keySet().removeIf(asker -> !isOfThisCall(asker));
    List<ChatMessage> fixed = messages().stream().filter(SystemMessage.class::isInstance).toList();
    forget();
    if (own.isEmpty()) {
      fresh.get().clear();
    } else {
      var failures = new Failures();
      own.values().forEach(memory -> failures.trying(memory::clear));
      goOn(own, fixed); // also where not all is erased that was made of it: see Memory.forget
      failures.throwFirst();
    }
  }

  /** {@return whether it is the call for which this thread works, or one around that} */
  private static boolean isOfThisCall(Object asker) {
    return asker instanceof Call call
        && Calls.here().filter(me -> me.equals(call) || me.isInside(call)).isPresent();
  }

  /** The conversation is erased, and these turns and the system message are all that is shown. */
  private void goOn(Map<Object, EpisodicChatMemory> own, List<ChatMessage> fixed) {
    var all = new ArrayList<>(fixed);
    own.forEach(
        (asker, memory) -> {
          all.addAll(memory.pinned());
          late.remove(asker);
          if (asker instanceof Call call) {
            passing.put(call, new ArrayList<>(memory.pinned()));
            call.hold(part);
          }
        });
    going.putAll(own);
    system = fixed.stream().map(SystemMessage.class::cast).findFirst();
    shown = Optional.of(List.copyOf(all));
  }

  private void takeBack(Call call) {
    List<ChatMessage> all = messages();
    answered.of(call).ifPresent(history::takeBack);
    answered.takeBack(call);
    readdings.begin(call, all, part);
    shown = Optional.of(List.of());
  }

  /**
   * A call ends that cleared the list: what it did not add again is not given to a new window, and
   * what it said behind an erasure is not shown any more.
   */
  private synchronized void over(Call call, boolean failed) {
    readdings.end(call).ifPresent(history::replace);
    Optional.ofNullable(passing.remove(call)).ifPresent(this::hide);
  }

  private void hide(List<ChatMessage> passed) {
    var left = new ArrayList<>(messages());
    for (ChatMessage gone : said(passed)) {
      int at = said(left).indexOf(gone);
      if (at >= 0) {
        left.remove(at);
      }
    }
    shown = Optional.of(List.copyOf(left));
  }

  /** A guardrail put another answer in the place of one in the log, so it is in the list. */
  private synchronized void exchangeAnswer(long sequence, Call.Instead answer) {
    history
        .exchangeAnswer(sequence, answer)
        .ifPresent(before -> shown = shown.map(all -> exchanged(all, before, answer.text())));
  }

  private static List<ChatMessage> exchanged(
      List<ChatMessage> all, AiMessage before, String answer) {
    var exchanged = new ArrayList<>(all);
    int at = exchanged.lastIndexOf(before);
    if (at >= 0) {
      exchanged.set(at, before.withText(answer));
    }
    return exchanged;
  }

  /** {@return whether no turn is going on, so that the log knows all} */
  synchronized boolean isIdle() {
    return going.values().stream().allMatch(EpisodicChatMemory::isIdle);
  }

  private void forget() {
    going.keySet().forEach(late::put);
    going.clear();
    shown = Optional.empty();
    system = Optional.empty();
  }

  private void replace(List<ChatMessage> messages) {
    forget();
    EpisodicChatMemory memory = fresh.get();
    memory.set(messages);
    going.put(Asker.here().key(), memory);
    late.remove(Asker.here().key());
  }

  private void add(ChatMessage message) {
    switch (message) {
      case SystemMessage changed -> {
        system = Optional.of(changed);
        readdings.add(changed);
      }
      case ChatMessage said when readdings.passes(said, this::replace) -> {}
      case UserMessage user -> begin(user);
      default -> follow(message);
    }
  }

  /** The asker's turn becomes the newest; what he left open there is dropped or kept as ever. */
  private void begin(UserMessage user) {
    Object asker = Asker.here().key();
    EpisodicChatMemory memory = Optional.ofNullable(going.remove(asker)).orElseGet(fresh);
    going.put(asker, memory);
    late.remove(asker);
    if (going.size() > AT_ONCE) {
      Object oldest = going.keySet().iterator().next();
      going.remove(oldest);
      late.put(oldest);
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
      asker.call().map(passing::get).ifPresent(said -> said.add(message));
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
}
