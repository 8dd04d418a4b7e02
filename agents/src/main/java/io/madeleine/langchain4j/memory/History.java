package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import io.madeleine.langchain4j.call.Call;
import io.madeleine.langchain4j.message.Messages;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.UUID;

/**
 * A conversation in the log, read as LangChain4j's messages.
 *
 * <p>A replaced history is written behind the old one, its turns marked with one name and their
 * number; it counts once all of them are there, so a crash half way leaves the old one in force.
 * Thread-safe.
 */
final class History {

  private static final System.Logger LOG = System.getLogger(History.class.getName());
  private static final String REPLACED = "replaced";
  private static final String PARTS = "replaced.parts";
  private static final int CHUNK = 16;

  /** A history without messages. LangChain4j has no system message without words, the log has. */
  private static final io.madeleine.engine.token.ChatMessage NOTHING =
      new io.madeleine.engine.token.ChatMessage.System("");

  private final MemorySettings settings;
  private final TurnLog log;
  private final ConversationKey conversation;
  private final Clock clock;
  private volatile Known known = Known.NOTHING;

  /**
   * The system message that was found.
   *
   * @param at the log's last record before it was looked for: an erasure behind it is not seen
   * @param newest the sequence of the conversation's newest turn that was looked at; 0 if none
   * @param found in force up to there
   */
  private record Known(long at, long newest, Found found) {
    static final Known NOTHING = new Known(0, 0, Found.nothing(/* replaced= */ false));
  }

  /**
   * The end of a look back.
   *
   * @param system the newest system message
   * @param turn the sequence of the turn that has it; 0 if none has
   * @param replaced whether a turn of a replaced history was met on the way: it counts as long as
   *     all of its parts are there
   */
  private record Found(Optional<SystemMessage> system, long turn, boolean replaced) {
    static Found nothing(boolean replaced) {
      return new Found(Optional.empty(), 0, replaced);
    }
  }

  History(MemorySettings settings, ConversationKey conversation) {
    this.settings = settings;
    this.log = settings.log();
    this.conversation = conversation;
    this.clock = settings.clock();
  }

  /** {@return the turn in the log, where every message stands as it was said} */
  LoggedTurn append(List<ChatMessage> turn) {
    return append(turn, Map.of());
  }

  /** Erases the conversation, for good. */
  void erase() {
    settings.forget(new Erasure.OfConversation(conversation));
  }

  /**
   * Erases one turn, whose answer is taken back. Where it is gone from the log, but another place
   * still has something of it, that is no reason to keep the call from taking it back.
   *
   * @throws io.madeleine.memory.history.LogException if the log has the turn still
   */
  void takeBack(long sequence) {
    try {
      settings.forget(new Erasure.OfTurn(conversation, sequence));
    } catch (RuntimeException e) {
      if (log.turn(sequence).isPresent()) {
        throw e;
      }
      LOG.log(
          Level.WARNING,
          ("conversation '%s': an answer that was taken back is gone from the log, but another place"
                  + " has not erased it; it is asked again when something else is forgotten")
              .formatted(conversation.id()),
          e);
    }
  }

  /**
   * Puts {@code answer} in the place of that of a turn, for good; {@return what that was, if the
   * turn is still there and has the answer that the guardrails saw} It goes behind those that came
   * since.
   */
  synchronized Optional<AiMessage> exchangeAnswer(long sequence, Call.Instead answer) {
    Optional<List<ChatMessage>> turn = log.turn(sequence).map(History::messages);
    if (turn.isEmpty()
        || !(turn.get().getLast() instanceof AiMessage before)
        || !answer.of().equals(before.text())) {
      return Optional.empty();
    }
    List<ChatMessage> messages = turn.get();
    messages.set(messages.size() - 1, before.withText(answer.text()));
    return log.exchange(new Erasure.OfTurn(conversation, sequence), logged(messages))
        .map(exchanged -> before);
  }

  /**
   * {@return the newest turns that {@code room} takes, oldest first, without system messages}
   *
   * @param shown the sequence of a turn that is shown anyhow and needs no room; 0 if none is
   */
  synchronized List<List<ChatMessage>> newest(Window.Room room, long shown) {
    var taken = new ArrayDeque<List<ChatMessage>>();
    for (LoggedTurn logged : newestFirst(CHUNK)) {
      List<ChatMessage> turn = messages(logged);
      turn.removeIf(SystemMessage.class::isInstance);
      if (turn.isEmpty() || logged.sequence() == shown) {
        continue;
      }
      if (!room.takes(turn)) {
        break;
      }
      taken.addFirst(turn);
    }
    return List.copyOf(taken);
  }

  /** {@return the system message in force} Looks only at turns that it has not seen. */
  Optional<SystemMessage> system() {
    Known before = known;
    long at = log.lastSequence(); // read first: an erasure from here on is noticed the next time
    Known sure = isShaken(before) ? Known.NOTHING : before;
    long newest = newestSequence();
    Found found = newest == sure.newest() ? sure.found() : look(sure);
    known = new Known(at, newest, found);
    return found.system();
  }

  /**
   * {@return whether what was found may be in force no more} That is so if its own turn was erased.
   * Any other's matters only to a replaced history: it may have been a part of that, without which
   * an older one is in force again.
   */
  private boolean isShaken(Known before) {
    Found found = before.found();
    return (found.replaced() || found.turn() > 0)
        && log.erasedSince(before.at())
            .anyMatch(erased -> found.replaced() || erased == found.turn());
  }

  private Found look(Known before) {
    boolean replaced = false;
    for (LoggedTurn logged : newestFirst(1)) {
      replaced |= logged.attributes().containsKey(REPLACED);
      if (!replaced && logged.sequence() <= before.newest()) {
        return before.found();
      }
      if (logged.messages().stream().anyMatch(History::isNothing)) {
        return Found.nothing(replaced);
      }
      for (ChatMessage message : messages(logged).reversed()) {
        if (message instanceof SystemMessage system) {
          return new Found(Optional.of(system), logged.sequence(), replaced);
        }
      }
    }
    return Found.nothing(replaced);
  }

  private long newestSequence() {
    return log.latest(conversation, 1).stream()
        .mapToLong(LoggedTurn::sequence)
        .findFirst()
        .orElse(0);
  }

  /**
   * Writes {@code messages} as the history in force; {@return the last turn if it has no answer
   * yet}
   */
  List<ChatMessage> replace(List<ChatMessage> messages) {
    List<List<ChatMessage>> turns = split(messages);
    List<ChatMessage> open = List.of();
    if (!turns.isEmpty() && !isAnswered(turns.getLast())) {
      open = turns.removeLast();
    }
    String name = UUID.randomUUID().toString();
    if (turns.isEmpty()) {
      var nothing = new LoggedMessage("", clock.instant(), "", NOTHING, Map.of());
      log.append(conversation, List.of(nothing), Map.of(REPLACED, name, PARTS, "1"));
    }
    for (List<ChatMessage> turn : turns) {
      append(turn, Map.of(REPLACED, name, PARTS, Integer.toString(turns.size())));
    }
    return open;
  }

  private LoggedTurn append(List<ChatMessage> turn, Map<String, String> attributes) {
    return log.append(conversation, logged(turn), attributes);
  }

  private List<LoggedMessage> logged(List<ChatMessage> turn) {
    Instant now = clock.instant();
    return turn.stream()
        .map(Messages::asSaid)
        .map(message -> Messages.toLog(message, now))
        .toList();
  }

  private static List<ChatMessage> messages(LoggedTurn turn) {
    var messages = new ArrayList<ChatMessage>();
    for (LoggedMessage logged : turn.messages()) {
      if (!isNothing(logged)) {
        messages.add(Messages.fromLog(logged));
      }
    }
    return messages;
  }

  private static boolean isNothing(LoggedMessage logged) {
    return logged.body().equals(NOTHING);
  }

  /** Turns in force from the newest back, read as they are asked for. */
  private Iterable<LoggedTurn> newestFirst(int chunk) {
    return () -> new InForce(log, conversation, chunk);
  }

  /** {@return whether {@code turn} is over} A turn without a user is over by itself. */
  static boolean isAnswered(List<ChatMessage> turn) {
    return turn.getLast() instanceof AiMessage ai && !ai.hasToolExecutionRequests();
  }

  /**
   * {@return whether {@code messages} are the beginning of one turn, or none} Such a turn can go
   * on.
   */
  static boolean isOpen(List<ChatMessage> messages) {
    return messages.isEmpty()
        || (messages.stream().noneMatch(SystemMessage.class::isInstance)
            && split(messages).size() == 1
            && !isAnswered(messages));
  }

  private static List<List<ChatMessage>> split(List<ChatMessage> messages) {
    var turns = new ArrayList<List<ChatMessage>>();
    var current = new ArrayList<ChatMessage>();
    for (ChatMessage message : messages) {
      boolean userSpoke = current.stream().anyMatch(UserMessage.class::isInstance);
      if (message instanceof UserMessage && userSpoke) {
        turns.add(List.copyOf(current));
        current.clear();
      }
      current.add(message);
    }
    if (!current.isEmpty()) {
      turns.add(List.copyOf(current));
    }
    return turns;
  }

  /** The turns that count: all, or those of the last complete replacement and after it. */
  private static final class InForce implements Iterator<LoggedTurn> {
    private final TurnLog log;
    private final ConversationKey conversation;
    private final int chunk;
    private List<LoggedTurn> read = List.of();
    private int looked;
    private Optional<LoggedTurn> next = Optional.empty();
    private String broken = "";
    private int left = Integer.MAX_VALUE;

    InForce(TurnLog log, ConversationKey conversation, int chunk) {
      this.log = log;
      this.conversation = conversation;
      this.chunk = chunk;
    }

    @Override
    public boolean hasNext() {
      while (next.isEmpty() && left > 0 && look()) {
        LoggedTurn turn = read.get(read.size() - 1 - looked);
        looked++;
        next = Optional.of(turn).filter(this::counts);
      }
      return next.isPresent();
    }

    /**
     * {@return whether there is an older turn} Reads twice as many each time, so twice each at
     * most.
     */
    private boolean look() {
      if (looked == read.size()) {
        read = log.latest(conversation, Math.max(chunk, 2 * looked));
      }
      return looked < read.size();
    }

    private boolean counts(LoggedTurn turn) {
      if (left != Integer.MAX_VALUE) {
        left--;
        return true;
      }
      String name = turn.attributes().getOrDefault(REPLACED, "");
      if (name.isEmpty()) {
        return true;
      }
      if (name.equals(broken)) {
        return false;
      }
      int parts = Integer.parseInt(turn.attributes().getOrDefault(PARTS, "1"));
      if (partsOf(name, parts) < parts) {
        broken = name;
        return false;
      }
      left = parts - 1;
      return true;
    }

    private long partsOf(String name, int parts) {
      return log.latest(conversation, looked - 1 + parts).stream()
          .filter(turn -> name.equals(turn.attributes().get(REPLACED)))
          .count();
    }

    @Override
    public LoggedTurn next() {
      if (!hasNext()) {
        throw new NoSuchElementException("there is no older turn");
      }
      LoggedTurn turn = next.orElseThrow();
      next = Optional.empty();
      return turn;
    }
  }
}
