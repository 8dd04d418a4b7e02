package io.madeleine.cli.chat;

import io.madeleine.conversation.Conversation;
import io.madeleine.conversation.ConversationFactory;
import io.madeleine.conversation.ConversationSetup;
import io.madeleine.conversation.Turn;
import io.madeleine.conversation.TurnListener;
import io.madeleine.conversation.TurnOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.identity.ConversationKey;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** A conversation and the commands that may be given in it. Knows no terminal. */
public final class ChatSession {

  private static final Duration PAUSE = Duration.ofMinutes(30);
  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneId.systemDefault());
  private static final DateTimeFormatter SECOND =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneId.systemDefault());

  private static final int SAID_TURNS = 500;
  private static final int EPISODE_LINE = 60;

  private final ConversationFactory factory;
  private final ServedCopies served;
  private final ConversationSetup setup;
  private final TurnOptions options;
  private Conversation conversation;
  private Optional<Turn> last = Optional.empty();

  /**
   * Goes on with a conversation, or begins it.
   *
   * @param factory holds the history in {@code data}
   * @param data where the server, too, keeps what it derives
   */
  public ChatSession(
      ConversationFactory factory,
      Path data,
      ConversationKey key,
      ConversationSetup setup,
      TurnOptions options) {
    this.factory = factory;
    this.served = new ServedCopies(data);
    this.setup = setup;
    this.options = options;
    this.conversation = factory.conversation(key, setup);
  }

  /** {@return one line that says who talks to whom} */
  public String greeting() {
    ConversationKey key = conversation.key();
    int turns = factory.history().size(key);
    return "%s (context %,d tokens) · tenant '%s', conversation '%s', %s"
        .formatted(
            factory.modelName(),
            factory.contextLength(),
            key.tenant().id(),
            key.id(),
            turns == 0 ? "new" : "%,d turns so far".formatted(turns));
  }

  /** Says something. */
  public Turn say(String text, TurnListener listener) {
    Turn turn = conversation.say(text, options, listener);
    last = Optional.of(turn);
    return turn;
  }

  /** {@return what the person said here in the last few hundred turns, oldest first} */
  public List<String> said() {
    return factory.history().latest(conversation.key(), SAID_TURNS).stream()
        .flatMap(turn -> turn.messages().stream())
        .map(LoggedMessage::body)
        .filter(ChatMessage.User.class::isInstance)
        .map(ChatMessage::text)
        .filter(text -> !text.isBlank())
        .toList();
  }

  /** What can be asked of the program rather than of the model. */
  public enum Command {
    /** What there is. */
    HELP,
    /** What the last turn cost. */
    STATS,
    /** What was talked about, and when. */
    EPISODES,
    /** Another conversation. */
    NEW,
    /** What forgetting would take. */
    FORGET,
    /** That nothing of this conversation is left. */
    FORGET_YES,
    /** The end. */
    QUIT;

    private static final Pattern WORD = Pattern.compile("/\\p{L}+");

    /** {@return the command that a line spells} */
    public static Optional<Command> named(String line) {
      String words = line.strip().toLowerCase(Locale.ROOT);
      for (Command command : values()) {
        if (words.equals("/" + command.name().toLowerCase(Locale.ROOT).replace('_', ' '))) {
          return Optional.of(command);
        }
      }
      return Optional.empty();
    }

    /**
     * {@return what to tell who meant a command that there is not} A line means one if it begins
     * with a slash and a word of letters; "/etc/hosts is full" is something to say.
     */
    public static Optional<String> misspelled(String line) {
      String words = line.strip();
      String first = words.split("\\s", 2)[0];
      if (named(line).isPresent() || !WORD.matcher(first).matches()) {
        return Optional.empty();
      }
      return Optional.of(
          "there is no %s; /help shows what there is"
              .formatted(named(first).isPresent() ? "'" + words + "'" : first));
    }
  }

  /**
   * Does what a command asks. {@return what to show}
   *
   * @throws RuntimeException if something cannot be forgotten; all else of it is forgotten then
   */
  public List<String> run(Command command) {
    return switch (command) {
      case HELP ->
          List.of(
              "/stats     what the last turn cost, and what is in memory and on disk",
              "/episodes  what was talked about in this conversation, and when",
              "/new       begin another conversation; this one stays in the history",
              "/forget    forget this conversation for good: the history, and all that was made of it",
              "/quit      save and leave (so does Ctrl-D); Ctrl-C stops an answer");
      case STATS -> stats();
      case EPISODES -> episodes();
      case NEW -> another();
      case FORGET ->
          List.of(
              "/forget yes forgets all %,d turns of conversation '%s' for good"
                  .formatted(turns(), conversation.key().id()));
      case FORGET_YES -> forget();
      case QUIT -> List.of();
    };
  }

  private int turns() {
    return factory.history().size(conversation.key());
  }

  private List<String> forget() {
    ConversationKey key = conversation.key();
    int turns = turns();
    last = Optional.empty();
    var failures = new Failures();
    failures.trying(() -> forget(new Erasure.OfConversation(key)));
    var lines = new ArrayList<String>();
    lines.add(
        "%,d turns are forgotten: in the history, and in what chat and serve made of them"
            .formatted(turns));
    failures.trying(
        () -> {
          if (served.forget(key)) {
            lines.add("serve builds its index anew when it starts, of all that is not forgotten");
          }
        });
    failures.throwFirst();
    return lines;
  }

  private void forget(Erasure all) {
    Erasure.Receipt unused = factory.erase(all);
  }

  private List<String> another() {
    var key =
        new ConversationKey(conversation.key().tenant(), "chat-" + SECOND.format(Instant.now()));
    conversation = factory.conversation(key, setup);
    last = Optional.empty();
    return List.of(
        "conversation '%s'; --conversation %s goes on with it".formatted(key.id(), key.id()));
  }

  private List<String> stats() {
    var lines = new ArrayList<String>();
    last.ifPresent(turn -> lines.addAll(cost(turn)));
    lines.add(
        "keys and values: %,d KiB in memory, %,d KiB on disk · %,d turns in this conversation"
            .formatted(factory.kvBytes() >> 10, factory.snapshotBytes() >> 10, turns()));
    return lines;
  }

  private static List<String> cost(Turn turn) {
    Turn.Tokens tokens = turn.tokens();
    var lines = new ArrayList<String>();
    lines.add(
        "last turn: %,d tokens reused (%s), %,d read in %.2f s (%.0f tokens/s), %,d written in %.2f s (%.1f tokens/s)"
            .formatted(
                tokens.reused(),
                whence(turn.keysAndValues()),
                tokens.read(),
                seconds(turn.timing().reading()),
                rate(tokens.read(), turn.timing().reading()),
                tokens.written(),
                seconds(turn.timing().writing()),
                rate(tokens.written(), turn.timing().writing())));
    if (turn.turnsLeftOut() > 0) {
      lines.add(
          "%,d oldest turns are no longer read: the context is full"
              .formatted(turn.turnsLeftOut()));
    }
    return lines;
  }

  private static String whence(Turn.Origin origin) {
    return switch (origin) {
      case NEW -> "a new conversation";
      case MEMORY -> "from memory";
      case SNAPSHOT -> "from disk";
      case RECOMPUTED -> "the rest computed again from the history";
    };
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  private static double rate(int tokens, Duration duration) {
    return tokens / Math.max(1e-9, seconds(duration));
  }

  private List<String> episodes() {
    var lines = new ArrayList<String>();
    var open = new ArrayList<LoggedTurn>();
    for (LoggedTurn turn : conversation.history()) {
      boolean pause =
          !open.isEmpty() && Duration.between(open.getLast().at(), turn.at()).compareTo(PAUSE) > 0;
      if (pause) {
        lines.add(line(open));
        open.clear();
      }
      open.add(turn);
    }
    if (!open.isEmpty()) {
      lines.add(line(open));
    }
    return lines.isEmpty() ? List.of("nothing was said yet") : lines;
  }

  private static String line(List<LoggedTurn> turns) {
    String words =
        turns.getFirst().messages().stream()
            .map(LoggedMessage::body)
            .map(body -> body.text().strip())
            .filter(text -> !text.isEmpty())
            .findFirst()
            .orElse("");
    return "%s  %3d turns  %s"
        .formatted(MINUTE.format(turns.getFirst().at()), turns.size(), beginning(words));
  }

  /** {@return the first characters, on one line and without orders to a terminal} */
  private static String beginning(String words) {
    int[] characters = words.codePoints().map(c -> Character.isISOControl(c) ? ' ' : c).toArray();
    return characters.length <= EPISODE_LINE
        ? new String(characters, 0, characters.length)
        : new String(characters, 0, EPISODE_LINE - 3) + "…";
  }
}
