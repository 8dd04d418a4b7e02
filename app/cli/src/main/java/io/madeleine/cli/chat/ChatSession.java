package io.madeleine.cli.chat;

import io.madeleine.conversation.completion.StoredCompletions;
import io.madeleine.conversation.mind.AnswerOptions;
import io.madeleine.conversation.mind.EpisodicConversation;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.conversation.mind.EpisodicTurn;
import io.madeleine.conversation.mind.MindListener;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.identity.ConversationKey;
import java.nio.file.Path;
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

  private static final DateTimeFormatter SECOND =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneId.systemDefault());

  private static final int SAID_TURNS = 500;

  private final EpisodicConversations conversations;
  private final Path completions;
  private final List<ChatMessage> instruction;
  private final AnswerOptions options;
  private EpisodicConversation conversation;
  private Optional<TurnReport> last = Optional.empty();

  /**
   * Goes on with a conversation, or begins it.
   *
   * @param conversations hold the history in {@code data}
   * @param data where the server, too, keeps what it derives
   * @param instruction what the model is told from now on, one message; none leaves what it was
   *     told before
   */
  public ChatSession(
      EpisodicConversations conversations,
      Path data,
      ConversationKey key,
      List<ChatMessage> instruction,
      AnswerOptions options) {
    this.conversations = conversations;
    this.completions = data.resolve("completions");
    this.instruction = instruction;
    this.options = options;
    this.conversation = conversations.conversation(key, instruction);
  }

  /** {@return one line that says who talks to whom} */
  public String greeting() {
    ConversationKey key = conversation.key();
    return "%s (context %,d tokens) · tenant '%s', conversation '%s', %s"
        .formatted(
            conversations.modelName(),
            conversations.contextLength(),
            key.tenant().id(),
            key.id(),
            turns() == 0 ? "new" : "%,d turns so far".formatted(turns()));
  }

  /** Says something. */
  public EpisodicTurn say(String text, MindListener listener, CancelToken cancel) {
    EpisodicTurn turn = conversation.say(text, options, listener, cancel);
    last = Optional.of(new TurnReport(turn));
    return turn;
  }

  /** {@return what ended an answer that was not over: the limit, or the room that there is} */
  String whyCut(EpisodicTurn turn) {
    return turn.written() >= options.maxTokens()
        ? "[the answer is as long as it may be: --max-tokens]"
        : "[the answer ends where its room does, in a context of %,d tokens: --context, --memory]"
            .formatted(conversations.contextLength());
  }

  /** {@return what the person said here in the last few hundred turns, oldest first} */
  public List<String> said() {
    return conversations.history().latest(conversation.key(), SAID_TURNS).stream()
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

  /** As {@link #run(Command, MindListener, CancelToken)}, heard by nobody. */
  public List<String> run(Command command) {
    return run(command, MindListener.NONE, new CancelToken());
  }

  /**
   * Does what a command asks. {@return what to show}
   *
   * @param listener hears what the model reads for it, if it has not read all of the conversation
   * @param cancel ends that
   * @throws RuntimeException if something cannot be forgotten; all else of it is forgotten then
   */
  public List<String> run(Command command, MindListener listener, CancelToken cancel) {
    return switch (command) {
      case HELP ->
          List.of(
              "/stats     what came back for the last turn and what it cost; what is in memory and on disk",
              "/episodes  what was talked about in this conversation, when, and where that is now",
              "/new       begin another conversation; this one stays in the history",
              "/forget    forget this conversation for good: the history, and all that was made of it",
              "/quit      save and leave (so does Ctrl-D); Ctrl-C stops an answer");
      case STATS -> stats();
      case EPISODES -> episodes(listener, cancel);
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
    return conversations.history().size(conversation.key());
  }

  /** What is told to the model holds on: it was no part of what was said. */
  private List<String> forget() {
    ConversationKey key = conversation.key();
    int turns = turns();
    last = Optional.empty();
    var failures = new Failures();
    var told = new ArrayList<ChatMessage>();
    failures.trying(() -> told.addAll(conversation.instruction()));
    failures.trying(() -> erase(new Erasure.OfConversation(key)));
    failures.trying(conversations::purge);
    failures.trying(() -> StoredCompletions.delete(completions, key));
    failures.trying(() -> conversation.instruct(told));
    failures.throwFirst();
    return List.of(
        "%,d turns are forgotten: in the history, and in what chat and serve made of them"
            .formatted(turns));
  }

  private void erase(Erasure all) {
    Erasure.Receipt unused = conversations.erase(all);
  }

  private List<String> another() {
    var key =
        new ConversationKey(conversation.key().tenant(), "chat-" + SECOND.format(Instant.now()));
    conversation = conversations.conversation(key, instruction);
    last = Optional.empty();
    return List.of(
        "conversation '%s'; --conversation %s goes on with it".formatted(key.id(), key.id()));
  }

  private List<String> stats() {
    var lines = new ArrayList<String>();
    var episodes = new EpisodeLines(conversations, conversation);
    last.ifPresent(turn -> lines.addAll(turn.lines(episodes)));
    lines.add(
        "keys and values: %,d of %,d MiB in memory, %,d of %,d MiB on disk · %,d turns in this conversation"
            .formatted(
                mib(conversations.memoryBytes()),
                mib(conversations.memoryBudget()),
                mib(conversations.diskBytes()),
                mib(conversations.diskBudget()),
                turns()));
    return lines;
  }

  /** Rounded up: what is there is not nothing. */
  private static long mib(long bytes) {
    return Math.ceilDiv(bytes, 1L << 20);
  }

  private List<String> episodes(MindListener listener, CancelToken cancel) {
    if (turns() == 0) {
      return List.of("nothing was said yet");
    }
    return conversation.catchUp(listener, cancel)
        ? new EpisodeLines(conversations, conversation).all()
        : List.of("[stopped; what was read by now need not be read again]");
  }
}
