package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.ChatMemory;
import io.madeleine.langchain4j.call.Call;
import io.madeleine.langchain4j.message.Messages;
import io.madeleine.memory.history.Erasure;
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
 * by {@link #abort}, or when the user speaks again; if its tools have all answered and the user
 * says something else, it is committed as it stands, since tools that return directly have no
 * answer.
 *
 * <p>One turn at a time, and it is a call's where an AI service asks, else the thread's that added
 * last. While another's goes on, {@link #messages} and adding a user message wait for its end, so
 * that nobody asks a model about half a turn. A wait that lasts longer than the memory's patience
 * ends that turn: whoever has it is taken for dead, and what he still adds is dropped. A stream
 * that is cancelled ends nothing, unless it is one of Madeleine's own models: {@link #abort} its
 * turn. What was recalled is never stored.
 *
 * <p>Thread-safe.
 */
public final class EpisodicChatMemory implements ChatMemory {

  private static final System.Logger LOG = System.getLogger(EpisodicChatMemory.class.getName());

  private final Object id;
  private final ConversationKey conversation;
  private final MemorySettings settings;
  private final History history;
  private final OpenTurn turn;

  EpisodicChatMemory(
      Object id, ConversationKey conversation, MemorySettings settings, History history) {
    this.id = id;
    this.conversation = conversation;
    this.settings = settings;
    this.history = history;
    this.turn = new OpenTurn(settings.patience(), this::over);
  }

  @Override
  public Object id() {
    return id;
  }

  /** {@return where its turns are in the log} */
  public ConversationKey conversation() {
    return conversation;
  }

  @Override
  public void add(ChatMessage message) {
    turn.locked(
        () -> {
          switch (message) {
            case SystemMessage system -> setSystem(system);
            case UserMessage user -> begin(user);
            default -> follow(message);
          }
          return true;
        });
  }

  /** Replaces what {@link #messages} shows, all or nothing. The log keeps what was said before. */
  @Override
  public void set(Iterable<ChatMessage> messages) {
    var all = new ArrayList<ChatMessage>();
    messages.forEach(all::add);
    turn.locked(
        () -> {
          turn.takeAway();
          turn.system(Optional.empty());
          for (ChatMessage message : history.replace(all)) {
            if (message instanceof SystemMessage system) {
              turn.system(Optional.of(system));
            } else {
              turn.add(message);
            }
          }
          return true;
        });
  }

  @Override
  public List<ChatMessage> messages() {
    return turn.locked(
        () -> {
          turn.awaitToRead();
          return view();
        });
  }

  /** Erases the conversation from the log, for good. */
  @Override
  public void clear() {
    turn.locked(
        () -> {
          turn.takeAway();
          turn.system(Optional.empty());
          return settings.log().erase(new Erasure.OfConversation(conversation));
        });
  }

  /** Drops the turn that is going on: its call failed. Without one, does nothing. */
  public void abort() {
    turn.locked(
        () -> {
          turn.drop();
          return true;
        });
  }

  /** {@return whether no turn is going on, so that nothing but the log knows more} */
  boolean isIdle() {
    return turn.locked(() -> turn.messages().isEmpty());
  }

  /** {@return whether {@code message} can be part of the turn that is going on} */
  boolean takes(ChatMessage message) {
    return turn.locked(() -> turn.takes(message));
  }

  private void setSystem(SystemMessage system) {
    turn.awaitToRead();
    boolean known = history.system().filter(system::equals).isPresent();
    turn.system(known ? Optional.empty() : Optional.of(system));
  }

  private void begin(UserMessage user) {
    turn.awaitOthers();
    if (turn.hasAllResults() && !turn.isAbout(user)) {
      commit();
    }
    turn.begin(user);
  }

  private void follow(ChatMessage message) {
    if (!turn.takes(message)) {
      LOG.log(Level.DEBUG, "conversation {0}: a message of a turn that is over is dropped", id);
      return;
    }
    turn.add(message);
    if (message instanceof AiMessage ai && !ai.hasToolExecutionRequests()) {
      commit();
    }
  }

  /** A call ends: its turn has failed, or its tools returned directly. */
  private void over(Call call, boolean failed) {
    turn.locked(
        () -> {
          if (turn.isOf(call)) {
            close(failed);
          }
          return true;
        });
  }

  private void close(boolean failed) {
    if (!failed && turn.hasAllResults()) {
      commit();
    } else {
      turn.drop();
    }
  }

  private void commit() {
    history.append(turn.withSystem());
    turn.system(Optional.empty());
    turn.end();
  }

  private List<ChatMessage> view() {
    List<ChatMessage> current = recalled(turn.shown());
    var fixed = new ArrayList<ChatMessage>();
    turn.system().or(history::system).ifPresent(fixed::add);
    var all = new ArrayList<>(fixed);
    fixed.addAll(current);
    history.newest(settings.window().beside(fixed)).forEach(all::addAll);
    all.addAll(current);
    return all;
  }

  private List<ChatMessage> recalled(List<ChatMessage> current) {
    if (current.isEmpty() || !(current.getFirst() instanceof UserMessage user)) {
      return current;
    }
    String excerpts = settings.recollection().recall(conversation, user);
    if (excerpts.isBlank()) {
      return current;
    }
    var with = new ArrayList<>(current);
    with.set(0, Messages.behind(excerpts, user));
    return with;
  }
}
