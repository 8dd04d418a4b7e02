package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.ChatMemory;
import io.madeleine.langchain4j.call.Call;
import io.madeleine.langchain4j.call.Calls;
import io.madeleine.langchain4j.message.Messages;
import io.madeleine.memory.identity.ConversationKey;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A chat memory that forgets nothing and shows what fits. The whole history is in the turn log;
 * {@link #messages} is derived from it: the system message, the newest whole turns of the {@link
 * Window}, and the turn that is going on, with what was recalled from before put in front of the
 * user's words.
 *
 * <p>A turn begins with a user message and is committed with the answer that calls no more tools.
 * Until then it is pinned: its call sees it in every {@link #messages}, whatever the window, and it
 * is not in the log. A turn that fails is dropped: by the end of its call, which LangChain4j tells,
 * by {@link #abort}, or when the user speaks again; if its tools have all answered, its model has
 * not failed since and the user says something else, it is committed as it stands, since tools that
 * return directly have no answer.
 *
 * <p>One turn at a time, and it is a call's where an AI service asks, else the thread's that added
 * last. While another's goes on, {@link #messages} and adding a user message wait for its end, so
 * that nobody asks a model about half a turn. A wait that lasts longer than the memory's patience
 * ends that turn: whoever has it is taken for dead, what he still adds is dropped, and where he
 * reads to ask a model again he is told. Only a call that is made inside a turn, by a tool of it
 * mostly, does not wait: it has a turn of its own, which is logged first, and the one around goes
 * on behind it. A stream that is cancelled ends nothing, unless it is one of Madeleine's own
 * models: {@link #abort} its turn.
 *
 * <p>What was recalled is never stored, whether this memory put it before the user's words or
 * {@link io.madeleine.langchain4j.retrieval.EpisodicRetrievalAugmentor} did; nor is anything else
 * that an AI service puts around them, such as what a retriever found or how the answer is to be
 * written, as long as the words themselves stay as they are.
 *
 * <p>An output guardrail that takes the answer back (LangChain4j's {@code fatalWithMessageRemoval})
 * erases that turn from the log, question and all, and nothing else: the call has failed, and such
 * an answer shall not be recalled. Where guardrails rewrite the answer, or have it given anew, the
 * call's end puts what they left in its place, in the log too. Where they ask again, {@link
 * #messages} shows the call its turn as the model was asked it, with all that was recalled, found
 * or demanded. That needs the call to be known: see {@link #clear}.
 *
 * <p>Thread-safe.
 */
public final class EpisodicChatMemory implements ChatMemory {

  private static final System.Logger LOG = System.getLogger(EpisodicChatMemory.class.getName());

  private final Object id;
  private final ConversationKey conversation;
  private final MemorySettings settings;
  private final History history;
  private final Answered answered;
  private final Call.Part part = this::over;
  private final OpenTurns turns;
  private final Readdings readdings = new Readdings();

  EpisodicChatMemory(
      Object id,
      ConversationKey conversation,
      MemorySettings settings,
      History history,
      Answered answered) {
    this.id = id;
    this.conversation = conversation;
    this.settings = settings;
    this.history = history;
    this.answered = answered;
    this.turns = new OpenTurns(id, settings.patience(), part);
  }

  @Override
  public Object id() {
    return id;
  }

  /** {@return where its turns are in the log} */
  public ConversationKey conversation() {
    return conversation;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the thread is interrupted while it waits for another's turn
   */
  @Override
  public void add(ChatMessage message) {
    turns.locked(
        () -> {
          switch (message) {
            case SystemMessage system -> setSystem(system);
            case ChatMessage said when readdings.passes(said, this::replace) -> {}
            case UserMessage user -> begin(Asker.here().noting(user));
            default -> follow(message);
          }
          return true;
        });
  }

  /**
   * Replaces what {@link #messages} shows, all or nothing. The log keeps what was said before.
   * Where nothing changes but the turn that is going on, as when LangChain4j undoes a tool, nothing
   * is logged.
   */
  @Override
  public void set(Iterable<ChatMessage> messages) {
    var all = new ArrayList<ChatMessage>();
    messages.forEach(all::add);
    turns.locked(
        () -> {
          answered.begin();
          openIn(all)
              .ifPresentOrElse(
                  turns::exchangeAll,
                  () -> {
                    turns.takeAway();
                    replace(all);
                  });
          return true;
        });
  }

  /** {@return the turn that goes on in {@code all}, where all before it is as it is shown} */
  private Optional<List<ChatMessage>> openIn(List<ChatMessage> all) {
    List<ChatMessage> before = before(recalled(turns.shown()));
    if (all.size() < before.size() || !all.subList(0, before.size()).equals(before)) {
      return Optional.empty();
    }
    return Optional.of(all.subList(before.size(), all.size())).filter(History::isOpen);
  }

  private void replace(List<ChatMessage> all) {
    answered.replace();
    turns.system(Optional.empty());
    var open = new ArrayList<ChatMessage>();
    for (ChatMessage message : history.replace(all)) {
      if (message instanceof SystemMessage system) {
        turns.system(Optional.of(system));
      } else {
        open.add(message);
      }
    }
    turns.open(open);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if it is read for a call that has lost its turn, so that no model
   *     is asked without its question; or if the thread is interrupted while it waits
   */
  @Override
  public List<ChatMessage> messages() {
    return turns.locked(
        () -> {
          turns.awaitToRead();
          return view();
        });
  }

  /**
   * Erases the conversation from the log, for good; and wherever the settings' {@link
   * MemorySettings#memory} forgets, if they have one. A call of an AI service whose tool does that
   * goes on: {@link #messages} shows its turn and the system message until it ends, and that turn
   * is not logged.
   *
   * <p>But a call that clears behind its own answer, which is how LangChain4j's output guardrails
   * take one back, erases only the turn of that answer; of what else it does not add again the log
   * keeps what was said, and {@link #messages} shows it no more when the call has ended.
   *
   * <p>Whose answer it is {@link io.madeleine.langchain4j.model.WhoAsks} says. Where another
   * library's {@code AiServiceListenerRegistrarFactory} stands before it on the class path, no call
   * is known, and a guardrail that takes an answer back erases the whole conversation.
   *
   * @throws io.madeleine.memory.history.LogException if the log could not be written
   * @throws RuntimeException if another place could not be written where the settings' memory
   *     forgets; nothing is shown any more all the same, and that place is asked again when
   *     something else is forgotten. Where only an answer is taken back it is not thrown, but
   *     logged as a warning
   */
  @Override
  public void clear() {
    turns.locked(
        () -> {
          Calls.here().filter(this::isBehindItsAnswer).ifPresentOrElse(this::takeBack, this::erase);
          return true;
        });
  }

  private void erase() {
    Optional<SystemMessage> inForce = inForce();
    boolean goesOn = turns.erase();
    turns.system(goesOn ? inForce : Optional.empty());
    history.erase();
  }

  /** {@return whether {@code call} has its answer here, or lost its turn and comes too late} */
  private boolean isBehindItsAnswer(Call call) {
    boolean isHere = turns.of(call).isPresent() || answered.of(call).isPresent();
    return call.isAnswered() && (isHere || turns.isLate());
  }

  private void takeBack(Call call) {
    List<ChatMessage> all = view();
    turns.of(call).ifPresent(turns::end);
    answered.takeBack(call);
    answered.of(call).ifPresent(history::takeBack);
    readdings.begin(call, all, part);
  }

  /**
   * Drops the turn that is going on, and those around it: its call failed. Without one, does
   * nothing.
   */
  public void abort() {
    turns.locked(
        () -> {
          turns.dropAll();
          return true;
        });
  }

  /** {@return whether no turn is going on, so that nothing but the log knows more} */
  boolean isIdle() {
    return turns.locked(turns::isIdle);
  }

  /**
   * {@return whether nobody needs this very object any more} A call whose model failed still has
   * it, should another model answer.
   */
  boolean mayBeLetGo() {
    return turns.locked(turns::areGivenUp);
  }

  /** {@return the turn that is going on} */
  List<ChatMessage> pinned() {
    return turns.locked(turns::messages);
  }

  /** {@return whether {@code message} can be part of the turn that is going on} */
  boolean takes(ChatMessage message) {
    return turns.locked(() -> turns.takes(message));
  }

  /** {@return whether the turn that is going on began with {@code user}} */
  boolean isAbout(UserMessage user) {
    return turns.locked(() -> turns.isAbout(user));
  }

  /** {@return whether {@code before} was part of the turn going on; then {@code now} is instead} */
  boolean exchange(ChatMessage before, ChatMessage now) {
    return turns.locked(() -> turns.exchange(before, now));
  }

  private void setSystem(SystemMessage system) {
    readdings.add(system);
    turns.awaitToRead();
    turns.keepSystem(this::inForce);
    turns.system(unlessLogged(system));
  }

  private Optional<SystemMessage> inForce() {
    return turns.system().or(history::system);
  }

  private Optional<SystemMessage> unlessLogged(SystemMessage system) {
    boolean known = history.system().filter(system::equals).isPresent();
    return known ? Optional.empty() : Optional.of(system);
  }

  private void begin(UserMessage user) {
    answered.begin();
    turns.awaitOthers();
    turns
        .leftBehind()
        .filter(left -> left.mayBeWhole() && !left.isAbout(user))
        .ifPresent(this::commit);
    turns.begin(user);
  }

  private void follow(ChatMessage message) {
    if (!turns.takes(message)) {
      LOG.log(Level.DEBUG, "conversation {0}: a message of a turn that is over is dropped", id);
      return;
    }
    Pinned mine = turns.add(message);
    boolean isAnswer = message instanceof AiMessage ai && !ai.hasToolExecutionRequests();
    if (isAnswer && !mine.isErased()) { // what is not in the log is shown until its call ends
      commit(mine);
    }
  }

  /** A call ends: its turn has failed, or its tools returned directly. */
  private void over(Call call, boolean failed) {
    turns.locked(
        () -> {
          turns.of(call).ifPresent(mine -> close(mine, failed));
          readdings.end(call).ifPresent(history::replace);
          return true;
        });
  }

  private void close(Pinned over, boolean failed) {
    if (!failed && over.hasAllResults()) {
      commit(over);
    } else {
      turns.drop(over);
    }
  }

  private void commit(Pinned whole) {
    if (!whole.isErased()) {
      turns.system(turns.system().flatMap(this::unlessLogged));
      long sequence = history.append(turns.withSystem(whole)).sequence();
      whole.call().ifPresent(call -> answered.put(call, sequence, whole.messages()));
      turns.system(Optional.empty());
    }
    turns.end(whole);
  }

  private List<ChatMessage> view() {
    List<ChatMessage> current = recalled(turns.shown());
    List<ChatMessage> all = before(current);
    all.addAll(current);
    return all;
  }

  /**
   * {@return what is shown before the turn that is going on} A call that has its answer asks again
   * if a guardrail wants that: it sees its turn as the model was asked it, whatever the window.
   */
  private List<ChatMessage> before(List<ChatMessage> current) {
    Optional<List<ChatMessage>> again = readdings.again();
    if (again.isPresent()) {
      return new ArrayList<>(again.get());
    }
    var fixed = new ArrayList<ChatMessage>();
    inForce().ifPresent(fixed::add);
    var all = new ArrayList<>(fixed);
    Optional<Answered.Turn> own = answered.own();
    List<ChatMessage> asked = own.map(Answered.Turn::messages).orElse(List.of());
    fixed.addAll(asked);
    fixed.addAll(current);
    long shown = own.map(Answered.Turn::sequence).orElse(0L);
    history.newest(settings.window().beside(fixed), shown).forEach(all::addAll);
    all.addAll(asked);
    return all;
  }

  private List<ChatMessage> recalled(List<ChatMessage> current) {
    if (current.isEmpty()
        || !(current.getFirst() instanceof UserMessage user)
        || Messages.hasExcerpts(user)) {
      return current;
    }
    String excerpts = settings.recollection().recall(conversation, Messages.asSaid(user));
    if (excerpts.isBlank()) {
      return current;
    }
    UserMessage asked = Messages.behind(excerpts, user);
    turns.exchange(user, asked); // the same words in every round, and where a guardrail asks again
    var with = new ArrayList<>(current);
    with.set(0, asked);
    return with;
  }
}
