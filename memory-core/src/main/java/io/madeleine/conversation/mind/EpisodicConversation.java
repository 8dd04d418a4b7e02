package io.madeleine.conversation.mind;

import io.madeleine.conversation.episodic.Progress;
import io.madeleine.conversation.mind.line.KeptTokens;
import io.madeleine.conversation.ready.ContextTooLongException;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.pause.ToolPause;
import io.madeleine.memory.retention.Lease;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * A conversation whose length does not matter. Made by {@link EpisodicConversations}.
 *
 * <p>One turn at a time: a second thread waits for the first. The turn is in the log before {@link
 * #say} returns; if it throws, or is cancelled before it said anything, neither question nor answer
 * is. What is derived from a logged turn may fail without it: that follows from the log later.
 */
public final class EpisodicConversation {

  private final ConversationKey key;
  private final EpisodicConversations home;
  private final ReentrantLock lock = new ReentrantLock(true);
  private final AtomicInteger asking = new AtomicInteger();
  private final MindFiles files;
  private final Instructions instructions;
  private Optional<OpenMind> open = Optional.empty();
  private Optional<EpisodicTurn> last = Optional.empty();
  private volatile long lastUsed;
  private volatile boolean resident;

  EpisodicConversation(ConversationKey key, EpisodicConversations home) {
    this.key = key;
    this.home = home;
    this.files = home.files(key);
    this.instructions = new Instructions(files.instruction());
  }

  /** {@return whose, and which} */
  public ConversationKey key() {
    return key;
  }

  /**
   * Tells the model something that holds from the next turn on. What was said before is not read
   * again: it stays as it was read, behind the old instruction.
   *
   * @param instruction one message; none leaves everything as it is, an empty one takes it away
   * @throws IllegalArgumentException if it is more than one
   * @throws UncheckedIOException if it cannot be written down; what held before still holds then
   */
  public void instruct(List<ChatMessage> instruction) {
    if (instruction.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      if (instructions.tell(instruction)) {
        close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the instruction of conversation '%s' cannot be written down: mend the disk and tell it again"
              .formatted(key.id()),
          e);
    } finally {
      lock.unlock();
    }
  }

  /**
   * {@return what the operator tells the model, one message or none}
   *
   * @throws UncheckedIOException if it cannot be read
   */
  public List<ChatMessage> instruction() {
    lock.lock();
    try {
      return instructions.inForce();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the instruction of conversation '%s' cannot be read: mend the disk".formatted(key.id()),
          e);
    } finally {
      lock.unlock();
    }
  }

  /** {@return all that was ever said here, from the log} */
  public List<LoggedTurn> history() {
    return home.log().turns(key);
  }

  /** Says something and waits for the answer: the likeliest words, up to 1,024 tokens. */
  public EpisodicTurn say(String text) {
    return say(text, MindListener.NONE);
  }

  /** The same, heard as it is written. */
  public EpisodicTurn say(String text, MindListener listener) {
    return say(text, AnswerOptions.DEFAULT, listener, new CancelToken());
  }

  /**
   * Says something and waits for the answer, which ends where the model ends it, at the latest at
   * the limit.
   *
   * @see #say(String, GenerationOptions, MindListener, CancelToken)
   */
  public EpisodicTurn say(
      String text, AnswerOptions options, MindListener listener, CancelToken cancel) {
    return say(text, options.by(home.model()), listener, cancel);
  }

  /**
   * Says something and waits for the answer. Computes on the calling thread, for seconds if much
   * has to be read: a virtual one gives way to no other meanwhile.
   *
   * @param listener hears the answer as it is written
   * @param options how to write it; its stop ids are the model's own
   * @param cancel ends it within one token; while much has to be read first, within one turn, block
   *     or episode of that, and of earlier turns what was read by then need not be read again
   * @throws ContextTooLongException if the instruction leaves no room for what is said
   */
  public EpisodicTurn say(
      String text, GenerationOptions options, MindListener listener, CancelToken cancel) {
    asking.incrementAndGet();
    lock.lock();
    try {
      asking.decrementAndGet();
      lastUsed = home.tick();
      home.pauses().returned(key, OptionalDouble.empty(), /* failed= */ false);
      OpenMind now = opened(Saying.progress(listener, cancel));
      home.room().forTurn(key, now.cache().working());
      boolean whole = false;
      try {
        var saying = new Saying(home, key, now, text, options, listener, cancel);
        EpisodicTurn turn = saying.run();
        if (turn.logged().isPresent()) {
          last = Optional.of(turn);
        }
        whole = turn.logged().isPresent() && saying.isRemembered();
        return turn;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        if (!whole) {
          close(); // it may be half way through a turn; what is stored is whole, and opened again
        }
      }
    } catch (ReadingStopped e) {
      return EpisodicTurn.unread(e.why());
    } finally {
      lock.unlock();
    }
  }

  /**
   * The application runs tools now, and will {@linkplain #say say} what came of them. Until then
   * the working cache is leased for as long as such tools usually take; {@link
   * EpisodicConversations#pauses} tells for how long, and why.
   *
   * @param tools names of the tools that run, at least one
   * @param expectedSeconds what the slowest is expected to take, if anybody knows
   * @return the lease, if it is worth one
   */
  public Optional<Lease> awaits(List<String> tools, OptionalDouble expectedSeconds) {
    lock.lock(); // and gives way to nobody: the next word would end the pause before it began
    try {
      OpenMind now = opened(Progress.UNSEEN);
      return home.pauses()
          .began(
              new ToolPause(
                  key,
                  List.of(),
                  tools,
                  expectedSeconds,
                  now.cache().working().bytes(),
                  OptionalDouble.empty(),
                  home.readingTime(now.tokensToOpen()).toNanos() / 1e9));
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

  /**
   * Reads what the model has not read yet, such as an import, so that the next turn and {@link
   * #mind} need not wait for it.
   *
   * @param listener hears how far it is
   * @param cancel ends it; what was read by then need not be read again
   * @return whether all is read
   */
  public boolean catchUp(MindListener listener, CancelToken cancel) {
    asking.incrementAndGet();
    lock.lock();
    try {
      asking.decrementAndGet();
      OpenMind unused = opened(Saying.progress(listener, cancel));
      return true;
    } catch (ReadingStopped e) {
      return false;
    } finally {
      lock.unlock();
    }
  }

  /**
   * {@return what was said at some positions, without what the template adds}
   *
   * @param span as that of an {@link Episode}
   */
  public String words(TokenSpan span) {
    return looking(now -> home.model().words().tokenizer().decode(now.tokens(span)));
  }

  /** {@return what it has in mind} */
  public Mind mind() {
    return looking(now -> Mind.of(now, last));
  }

  /** {@return what is left of one of its episodes} Reads it from where it is. */
  public KeptTokens kept(Episode episode) {
    return looking(now -> KeptTokens.of(episode, now.cache().find(episode).span()));
  }

  /**
   * Opens it if it is not; if much has to be read for that, whoever speaks goes first, and whoever
   * looks at another conversation of the same tenant later.
   */
  private <T> T looking(Function<OpenMind, T> look) {
    Looks.Look mine = home.looks().begun(key);
    try {
      while (true) {
        if (lock.isLocked()) {
          home.looks().left(mine); // somebody speaks here, and it may take long
        }
        lock.lock();
        try {
          return look.apply(opened((read, all) -> giveWay(mine, read, all)));
        } catch (ReadingStopped e) {
          // Somebody speaks, or looks elsewhere: what was read by now is not read again.
        } finally {
          lock.unlock();
        }
        home.looks().awaitTurn(mine);
      }
    } finally {
      home.looks().left(mine);
    }
  }

  private void giveWay(Looks.Look mine, int read, int all) {
    boolean asked = asking.get() > 0;
    if (asked) {
      home.looks().left(mine);
    }
    if (asked || home.looks().isOvertaken(mine)) {
      throw new ReadingStopped("gave way after %,d of %,d tokens".formatted(read, all));
    }
  }

  long lastUsed() {
    return lastUsed;
  }

  /** {@return whether its working cache is in memory} */
  public boolean isResident() {
    return resident;
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

  /**
   * Waits for a turn under way, then forgets what was said. A turn that waits behind this finds the
   * log as it is by then, and nothing else.
   *
   * @param derived deletes the files
   */
  void forget(Runnable derived) {
    lock.lock();
    try {
      close();
      last = Optional.empty();
      derived.run();
    } finally {
      lock.unlock();
    }
  }

  MindFiles files() {
    return files;
  }

  private void close() {
    open.ifPresent(OpenMind::close);
    open = Optional.empty();
    resident = false;
    home.begun().letGo(this);
  }

  private OpenMind opened(Progress progress) {
    if (open.isEmpty()) {
      try {
        open = Optional.of(OpenMind.open(key, instructions.inForce(), home, progress));
        resident = true;
        home.begun().keep(this);
      } catch (IOException e) {
        throw unreadable(e);
      }
    }
    return open.orElseThrow();
  }

  private UncheckedIOException unreadable(IOException e) {
    return new UncheckedIOException(
        "the derived files of conversation '%s' cannot be read".formatted(key.id()), e);
  }
}
