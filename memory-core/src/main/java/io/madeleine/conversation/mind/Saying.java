package io.madeleine.conversation.mind;

import io.madeleine.conversation.episodic.Ahead;
import io.madeleine.conversation.episodic.Progress;
import io.madeleine.conversation.mind.line.Surprise;
import io.madeleine.conversation.mind.line.TurnTokensWriter;
import io.madeleine.engine.chat.AnswerPart;
import io.madeleine.engine.chat.AnswerReader;
import io.madeleine.engine.generation.Advance;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.FinishReason;
import io.madeleine.engine.generation.Generation;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.model.Forward;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.identity.ConversationKey;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** One turn on its way. Used once. */
final class Saying {

  private static final System.Logger LOG = System.getLogger(Saying.class.getName());
  private static final int LONGEST_QUESTION = 2_000; // characters
  private static final int PASS = 512; // tokens; the engine reads so many at a time in any case

  private final EpisodicConversations home;
  private final ConversationKey key;
  private final OpenMind now;
  private final ChatMessage.User question;
  private final GenerationOptions options;
  private final MindListener listener;
  private final CancelToken cancel;
  private final boolean first;
  private final TurnTokensWriter written = new TurnTokensWriter();
  private final StringBuilder raw = new StringBuilder();
  private final StringBuilder shown = new StringBuilder();
  private final long began = System.nanoTime();
  private long firstTokenNanos;
  private long writingNanos;
  private LastWords last = new LastWords(0, new int[0]);
  private boolean remembered = true;

  Saying(
      EpisodicConversations home,
      ConversationKey key,
      OpenMind now,
      String text,
      GenerationOptions options,
      MindListener listener,
      CancelToken cancel) {
    this.home = home;
    this.key = key;
    this.now = now;
    this.question = new ChatMessage.User(text);
    this.options = options;
    this.listener = listener;
    this.cancel = cancel;
    this.first = now.line().turns() == 0;
  }

  EpisodicTurn run() throws IOException {
    int[] all = now.words().asked(first, List.of(question), options.mask());
    Progress progress = progress(listener, cancel);
    Ahead ahead = now.cache().readAhead(all, progress);
    int[] asked = ahead.rest();
    written.add(Arrays.copyOf(all, ahead.surprisal().length), ahead.surprisal());
    String words = asksFor(question.text());
    Recollection found =
        within(() -> home.recaller().recall(key, now, words, asked, this::goOn, progress));
    int saved = now.cache().tokensPerHead() - found.recalled().reread();
    listener.recalled(found.episodes().size(), found.recalled().tokens());
    long reading = System.nanoTime();
    Forward forward = read(asked, all.length);
    home.readAt(asked.length, System.nanoTime() - reading);
    FinishReason finish = write(forward, asked);
    var answer = new ChatMessage.Assistant(shown.toString().strip());
    if (finish == FinishReason.CANCELLED && answer.text().isEmpty()) {
      return turn(answer, finish, Optional.empty(), found, List.of(), all, saved);
    }
    closeAnswer();
    LoggedTurn logged = home.log().begin(key).add(question).add(answer).commit();
    List<Episode> closed = remember(logged);
    index(logged);
    return turn(answer, finish, Optional.of(logged), found, closed, all, saved);
  }

  /**
   * Reads what was said, a pass of the engine at a time: between two of them it can be stopped, and
   * says how far it is. It takes the memory for all of it first: who has heard how far it is may
   * have been answered by that, and a refusal that comes later has no status any more.
   *
   * @param all tokens of it, those included that were read ahead
   */
  private Forward read(int[] asked, int all) {
    KvCache unused = within(() -> withRoomFor(asked.length));
    Forward forward = read(Arrays.copyOf(asked, Math.min(PASS, asked.length)), 0f);
    Progress progress = progress(listener, cancel);
    for (int from = PASS; from < asked.length; from += PASS) {
      progress.reached(all - asked.length + from, all);
      int[] part = Arrays.copyOfRange(asked, from, Math.min(from + PASS, asked.length));
      forward = read(part, forward.surprisalOf(part[0]));
    }
    return forward;
  }

  private KvCache withRoomFor(int tokens) {
    KvCache working = now.cache().working();
    working.reserve(tokens);
    return working;
  }

  private Forward read(int[] part, float surprisalOfFirst) {
    Forward forward = within(() -> now.cache().read(part, surprisalOfFirst));
    written.add(part, forward.surprisal());
    return forward;
  }

  /** Others give the memory that a step of this turn lacks. */
  private <T> T within(Supplier<T> step) {
    return home.room().giversTo(key).within(step);
  }

  /** What the log has of the answer is what stands in the context, and what closes it behind. */
  private void closeAnswer() {
    now.cache().takeBack(last.takenBack());
    written.takeBack(last.takenBack());
    int[] closing = now.words().closing(raw.toString());
    int[] all = IntStream.concat(IntStream.of(last.unread()), IntStream.of(closing)).toArray();
    if (all.length > 0) {
      written.add(all, within(() -> now.cache().read(all)).surprisal());
    }
  }

  /** The turn is in the log and safe, so that nothing that is derived from it may undo it. */
  private List<Episode> remember(LoggedTurn logged) {
    try {
      return now.remember(logged, written.turn());
    } catch (RuntimeException | Error | IOException e) {
      remembered = false;
      LOG.log(
          Level.WARNING,
          () ->
              "turn %d of conversation '%s' is in the log, but was not taken to memory: it is read"
                      .formatted(logged.sequence(), key.id())
                  + " again when the conversation goes on",
          e);
      return List.of();
    }
  }

  private void index(LoggedTurn logged) {
    try {
      home.indexed(logged);
    } catch (RuntimeException | Error e) {
      LOG.log(
          Level.WARNING,
          () ->
              "turn %d of conversation '%s' is in the log, but cannot be found before the index follows"
                  .formatted(logged.sequence(), key.id()),
          e);
    }
  }

  /** {@return whether the open mind is whole: it has the turn, or there was none to be had} */
  boolean isRemembered() {
    return remembered;
  }

  /** {@return what tells a listener of long reading, and ends it when the turn is cancelled} */
  static Progress progress(MindListener listener, CancelToken cancel) {
    return (read, all) -> {
      if (cancel.isCancelled()) {
        throw new ReadingStopped(
            "cancelled after %,d of the %,d tokens that had to be read first".formatted(read, all));
      }
      listener.reading(read, all);
    };
  }

  /** While somebody else's model is waited for. */
  private void goOn() {
    if (cancel.isCancelled()) {
      throw new ReadingStopped("cancelled while the embedder was asked what is spoken of");
    }
  }

  /** {@return what is asked: the end of a text that may hold much more than a question} */
  private static String asksFor(String text) {
    return text.substring(Math.max(0, text.length() - LONGEST_QUESTION));
  }

  private FinishReason write(Forward forward, int[] asked) {
    var generation = new Generation(home.model().words().tokenizer(), asked, options, cancel);
    var reader = new AnswerReader(home.model().words().dialect(), List.of(), () -> "call");
    reader.continuing(AnswerReader.prompt(now.words().prompt(), options.mask()));
    // What closes the answer stands in the context too, and so do its last words.
    int closing = now.words().closingTokens();
    int end = now.cache().context() - closing - LastWords.MOST;
    int read = 0;
    float[] logits = forward.logits();
    Advance advance = generation.accept(logits);
    firstTokenNanos = System.nanoTime() - began;
    while (true) {
      raw.append(advance.text());
      show(reader.push(advance.text()));
      if (advance.next().isEmpty() || now.cache().working().length() >= end) {
        writingNanos = System.nanoTime() - began - firstTokenNanos;
        show(reader.finish());
        last = lastWords(generation.tokens(), read);
        return advance.finished().orElse(FinishReason.LENGTH);
      }
      int token = advance.next().getAsInt();
      float surprisal = Surprise.of(logits, token);
      logits = within(() -> now.cache().decode(token, surprisal));
      written.add(new int[] {token}, new float[] {surprisal});
      read++;
      advance = generation.accept(logits);
    }
  }

  private LastWords lastWords(int[] chosen, int read) {
    return LastWords.of(home.model().words().tokenizer(), options, chosen, read, raw.toString());
  }

  private void show(List<AnswerPart> parts) {
    for (AnswerPart part : parts) {
      if (part instanceof AnswerPart.Text(String text)) {
        shown.append(text);
        listener.wrote(text);
      }
    }
  }

  private EpisodicTurn turn(
      ChatMessage.Assistant answer,
      FinishReason finish,
      Optional<LoggedTurn> logged,
      Recollection found,
      List<Episode> closed,
      int[] asked,
      int saved) {
    int all = now.cache().length();
    return new EpisodicTurn(
        answer,
        finish,
        logged,
        found.mode(),
        found.why(),
        found.episodes(),
        closed,
        asked.length + found.recalled().reread(),
        saved,
        written.count() - asked.length,
        Duration.ofNanos(firstTokenNanos),
        Duration.ofNanos(writingNanos),
        home.readingTime(all),
        found.recalled().bytesMoved(),
        now.cache().working().bytes(),
        now.cache().working().shape().bytes(all, now.cache().working().type()));
  }
}
