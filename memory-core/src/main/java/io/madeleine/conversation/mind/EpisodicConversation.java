package io.madeleine.conversation.mind;

import io.madeleine.conversation.episodic.EpisodicCache;
import io.madeleine.conversation.episodic.Recalled;
import io.madeleine.engine.chat.AnswerPart;
import io.madeleine.engine.chat.AnswerReader;
import io.madeleine.engine.generation.Advance;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.FinishReason;
import io.madeleine.engine.generation.Generation;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.model.Forward;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.retrieval.RankedTurn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A conversation whose length does not matter. Made by {@link EpisodicConversations}.
 *
 * <p>One turn at a time: a second thread waits for the first. The turn is in the log before {@link
 * #say} returns; if it throws, or is cancelled before it said anything, neither question nor answer
 * is.
 */
public final class EpisodicConversation {

  private final ConversationKey key;
  private final EpisodicConversations home;
  private final ReentrantLock lock = new ReentrantLock(true);
  private final List<ChatMessage> instruction;
  private TurnWords words;
  private Optional<Open> open = Optional.empty();
  private Optional<EpisodicTurn> last = Optional.empty();
  private volatile long lastUsed;

  /** What is in memory while the conversation is in use. */
  @SuppressWarnings("ArrayRecordComponent") // stays in this class, never changed
  private record Open(EpisodicCache cache, TokenLine line, int[] prefix) {}

  EpisodicConversation(
      ConversationKey key, List<ChatMessage> instruction, EpisodicConversations home) {
    this.key = key;
    this.home = home;
    this.instruction = List.copyOf(instruction);
    this.words = new TurnWords(home.model(), instruction);
  }

  /** {@return whose, and which} */
  public ConversationKey key() {
    return key;
  }

  /**
   * Says something and waits for the answer.
   *
   * @param listener hears the answer as it is written
   * @param options how to write it; its stop ids are the model's own
   * @param cancel ends it within one token
   */
  public EpisodicTurn say(
      String text, GenerationOptions options, MindListener listener, CancelToken cancel) {
    lock.lock();
    try {
      lastUsed = home.tick();
      Open now = opened();
      try {
        return new Saying(now, text, options, listener, cancel).run();
      } catch (RuntimeException | IOException e) {
        // The working cache may be half way through a turn: what is stored is whole, so open it
        // again.
        close();
        throw e instanceof RuntimeException failure
            ? failure
            : new UncheckedIOException((IOException) e);
      }
    } finally {
      lock.unlock();
    }
  }

  /** {@return the last turn since the conversation was opened} */
  public Optional<EpisodicTurn> lastTurn() {
    lock.lock();
    try {
      return last;
    } finally {
      lock.unlock();
    }
  }

  /** {@return what it has in mind} Opens it if it is not. */
  public Mind mind() {
    lock.lock();
    try {
      Open now = opened();
      return new Mind(
          now.line().starts(),
          now.line().tokens(),
          now.line().nats(),
          now.prefix().length,
          now.cache().episodes(),
          last);
    } finally {
      lock.unlock();
    }
  }

  long lastUsed() {
    return lastUsed;
  }

  /** Gives its memory back, unless a turn is under way. {@return whether there was any} */
  boolean release() {
    if (!lock.tryLock()) {
      return false;
    }
    try {
      boolean was = open.isPresent();
      close();
      return was;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a turn under way, and gives its memory back. */
  void shut() {
    lock.lock();
    try {
      close();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a turn under way, then lets the log grow by somebody else's turns. */
  void behind(Runnable append) {
    lock.lock();
    try {
      close();
      append.run();
    } finally {
      lock.unlock();
    }
  }

  private void close() {
    open.ifPresent(was -> was.cache().close());
    open = Optional.empty();
  }

  private Open opened() {
    if (open.isEmpty()) {
      try {
        open = Optional.of(load());
      } catch (IOException e) {
        throw new UncheckedIOException(
            "the derived files of conversation '%s' cannot be read".formatted(key.id()), e);
      }
    }
    return open.orElseThrow();
  }

  private Open load() throws IOException {
    words = new TurnWords(home.model(), instructionInForce());
    int[] prefix = words.prefix();
    int logged = home.log().size(key);
    TokenLine line = TokenLine.open(home.files(key).tokens(), logged);
    catchUp(line, logged);
    return new Open(home.cache(key, prefix, line), line, prefix);
  }

  /**
   * What the first turn was said under holds for all: episodes are addressed by what is before
   * them.
   */
  private List<ChatMessage> instructionInForce() throws IOException {
    Path file = home.files(key).instruction();
    if (home.log().size(key) == 0 || !Files.exists(file)) {
      return instruction;
    }
    String text = Files.readString(file);
    return text.isEmpty() ? List.of() : List.of(new ChatMessage.System(text));
  }

  /** {@return whether it can still be given another instruction} */
  boolean isUnspoken(List<ChatMessage> other) {
    return !instruction.equals(other) && home.log().size(key) == 0;
  }

  private void keepInstruction() throws IOException {
    Path file = home.files(key).instruction();
    if (!Files.exists(file)) {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, instruction.isEmpty() ? "" : instruction.getFirst().text());
    }
  }

  /** Spells turns that are in the log and whose tokens were not written down before a crash. */
  private void catchUp(TokenLine line, int logged) throws IOException {
    List<LoggedTurn> missing = home.log().latest(key, logged - line.turns());
    List<ChatMessage> before = line.turns() == 0 ? List.of() : turnBefore(line.turns());
    for (LoggedTurn turn : missing) {
      List<ChatMessage> messages = bodies(turn);
      int[] tokens = words.whole(before, messages);
      line.append(new TokenLine.TurnTokens(tokens, new float[tokens.length]));
      before = messages;
    }
  }

  private List<ChatMessage> turnBefore(int index) {
    return home.log().turns(key).stream()
        .filter(turn -> turn.index() == index - 1)
        .findFirst()
        .map(EpisodicConversation::bodies)
        .orElse(List.of());
  }

  private static List<ChatMessage> bodies(LoggedTurn turn) {
    return turn.messages().stream().map(message -> message.body()).toList();
  }

  /** One turn on its way. */
  private final class Saying {
    private final Open now;
    private final ChatMessage.User question;
    private final GenerationOptions options;
    private final MindListener listener;
    private final CancelToken cancel;
    private final List<ChatMessage> before;
    private final List<Integer> tokens = new ArrayList<>();
    private final List<Float> nats = new ArrayList<>();
    private final StringBuilder raw = new StringBuilder();
    private final StringBuilder shown = new StringBuilder();
    private final long began = System.nanoTime();
    private long firstTokenNanos;

    Saying(
        Open now,
        String text,
        GenerationOptions options,
        MindListener listener,
        CancelToken cancel) {
      this.now = now;
      this.question = new ChatMessage.User(text);
      this.options = options;
      this.listener = listener;
      this.cancel = cancel;
      this.before =
          home.log().latest(key, 1).stream()
              .findFirst()
              .map(EpisodicConversation::bodies)
              .orElse(List.of());
    }

    EpisodicTurn run() throws IOException {
      Map<Episode, RankedTurn> wanted =
          home.recollector().find(key, question.text(), now.cache().episodes());
      Recalled recalled = now.cache().recall(List.copyOf(wanted.keySet()));
      int saved = now.cache().working().slots(0, 0);
      listener.recalled(recalled.pieces().size(), recalled.tokens());
      int[] asked = words.asked(before, List.of(question));
      long reading = System.nanoTime();
      Forward forward = now.cache().read(asked);
      note(asked, forward.surprisal());
      home.readAt(asked.length, System.nanoTime() - reading);
      FinishReason finish = write(forward, asked);
      var answer = new ChatMessage.Assistant(shown.toString().strip());
      if (finish == FinishReason.CANCELLED && answer.text().isEmpty()) {
        close();
        return turn(answer, finish, Optional.empty(), recalled, wanted, List.of(), asked, saved);
      }
      int[] closing = words.closing(before, List.of(question), answer, raw.toString());
      if (closing.length > 0) {
        note(closing, now.cache().read(closing).surprisal());
      }
      keepInstruction();
      LoggedTurn logged = home.log().begin(key).add(question).add(answer).commit();
      List<Episode> closed = now.cache().endTurn();
      now.line().append(line());
      home.indexed(logged);
      EpisodicTurn turn =
          turn(answer, finish, Optional.of(logged), recalled, wanted, closed, asked, saved);
      last = Optional.of(turn);
      return turn;
    }

    private FinishReason write(Forward forward, int[] asked) {
      var generation = new Generation(home.model().words().tokenizer(), asked, options, cancel);
      var reader = new AnswerReader(home.model().words().family().tools(), List.of(), () -> "call");
      float[] logits = forward.logits();
      Advance advance = generation.accept(logits);
      firstTokenNanos = System.nanoTime() - began;
      while (true) {
        raw.append(advance.text());
        show(reader.push(advance.text()));
        if (advance.next().isEmpty()) {
          show(reader.finish());
          return advance.finished().orElse(FinishReason.END);
        }
        int token = advance.next().getAsInt();
        float surprisal = Surprise.of(logits, token);
        logits = now.cache().decode(token, surprisal);
        note(new int[] {token}, new float[] {surprisal});
        advance = generation.accept(logits);
      }
    }

    private void show(List<AnswerPart> parts) {
      for (AnswerPart part : parts) {
        if (part instanceof AnswerPart.Text(String text)) {
          shown.append(text);
          listener.wrote(text);
        }
      }
    }

    private void note(int[] more, float[] surprisal) {
      for (int i = 0; i < more.length; i++) {
        tokens.add(more[i]);
        nats.add(surprisal[i]);
      }
    }

    private TokenLine.TurnTokens line() {
      int[] ids = tokens.stream().mapToInt(Integer::intValue).toArray();
      float[] surprisal = new float[ids.length];
      for (int i = 0; i < surprisal.length; i++) {
        surprisal[i] = nats.get(i);
      }
      return new TokenLine.TurnTokens(ids, surprisal);
    }

    private EpisodicTurn turn(
        ChatMessage.Assistant answer,
        FinishReason finish,
        Optional<LoggedTurn> logged,
        Recalled recalled,
        Map<Episode, RankedTurn> wanted,
        List<Episode> closed,
        int[] asked,
        int saved) {
      int all = now.cache().length();
      return new EpisodicTurn(
          answer,
          finish,
          logged,
          recalled(recalled, wanted),
          closed,
          asked.length,
          saved,
          tokens.size() - asked.length,
          Duration.ofNanos(firstTokenNanos),
          home.readingTime(all),
          recalled.bytesMoved(),
          now.cache().working().bytes(),
          now.cache().working().shape().bytes(all, now.cache().working().type()));
    }

    private static List<RecalledEpisode> recalled(
        Recalled placed, Map<Episode, RankedTurn> wanted) {
      var episodes = new ArrayList<RecalledEpisode>();
      for (Recalled.Piece piece : placed.pieces()) {
        RankedTurn because = wanted.get(piece.episode());
        if (because != null) {
          episodes.add(new RecalledEpisode(piece.episode(), because, piece.from()));
        }
      }
      return episodes;
    }
  }
}
