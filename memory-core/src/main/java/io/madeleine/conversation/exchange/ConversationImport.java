package io.madeleine.conversation.exchange;

import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Takes conversations from a file into a history: JSON Lines with a message a line, read as they
 * come, or a JSON array with sessions, read at once. An array, a line or a turn of more than 16 Mi
 * characters is refused: they are in memory whole, and it is everybody's. A turn of which a message
 * with an id is there already is passed over, so that an import that broke off can be made again.
 * For one thread.
 */
public final class ConversationImport {

  private static final int LONGEST_LEAD = 4_096;

  /** What some editors put in front of a text in UTF-8; it is none of its characters. */
  private static final int BYTE_ORDER_MARK = 0xFEFF;

  /**
   * Turns that go to the history together, so that they wait for the disk once; fewer long ones.
   */
  private static final int TOGETHER = 64;

  /** Where turns go. */
  @FunctionalInterface
  public interface Destination {
    /** Puts turns at the end of their conversations, in this order; they are safe afterwards. */
    void append(List<TurnLog.Draft> turns);
  }

  /**
   * What was read.
   *
   * @param taken turns that are in the history now and were not before
   * @param passedOver turns that were there already
   * @param conversations ids that the file names, in its order
   */
  public record Result(int taken, int passedOver, List<String> conversations) {

    public Result {
      conversations = List.copyOf(conversations);
    }
  }

  private final Tenant tenant;
  private final Function<ConversationKey, List<LoggedTurn>> present;
  private final Destination destination;
  private final Map<ConversationKey, KnownMessages> known = new HashMap<>();
  private final Set<String> conversations = new LinkedHashSet<>();
  private final List<TurnLog.Draft> waiting = new ArrayList<>();
  private long waitingCharacters;
  private int taken;
  private int passedOver;

  /**
   * @param tenant whose conversations they become, whatever the file says
   * @param present what is there already
   * @param destination where new turns go
   */
  public ConversationImport(
      Tenant tenant, Function<ConversationKey, List<LoggedTurn>> present, Destination destination) {
    this.tenant = tenant;
    this.present = present;
    this.destination = destination;
  }

  /**
   * {@return what {@code file} had}
   *
   * @param file whose decoder reports what is not UTF-8: one that mends it would have broken words
   *     kept
   * @param conversation for lines that name none
   * @param now for messages without a time
   * @throws IllegalArgumentException if it is neither format or has what a message cannot keep,
   *     naming the line or the place in the array, or if it is not in UTF-8, or a part of it is too
   *     long to be read at once; the turns of lines that were over before that are taken
   * @throws UncheckedIOException if it cannot be read
   */
  public Result read(BufferedReader file, String conversation, Instant now) {
    try {
      skipByteOrderMark(file);
      if (beginsWithArray(file)) {
        DialogueFile.read(BoundedText.whole(file), now).forEach(turn -> take(turn, now));
      } else {
        MessageLines.read(BoundedText.lines(file), conversation, now, turn -> take(turn, now));
      }
    } catch (UncheckedIOException e) {
      throw e.getCause() instanceof CharacterCodingException ? notUtf8(e) : e;
    } catch (CharacterCodingException e) {
      throw notUtf8(e);
    } catch (IOException e) {
      throw new UncheckedIOException("the file of conversations cannot be read", e);
    } finally {
      hand();
    }
    return new Result(taken, passedOver, List.copyOf(conversations));
  }

  private static IllegalArgumentException notUtf8(Exception cause) {
    return new IllegalArgumentException(
        "the file is not in UTF-8: save it in UTF-8 and import it again; what was taken in is passed"
            + " over where its messages have ids",
        cause);
  }

  private static void skipByteOrderMark(BufferedReader file) throws IOException {
    file.mark(1);
    if (file.read() != BYTE_ORDER_MARK) {
      file.reset();
    }
  }

  private static boolean beginsWithArray(BufferedReader file) throws IOException {
    file.mark(LONGEST_LEAD);
    int next = file.read();
    for (int read = 1; Character.isWhitespace(next) && read < LONGEST_LEAD; read++) {
      next = file.read();
    }
    file.reset();
    return next == '[';
  }

  private void take(SpokenTurn turn, Instant now) {
    ConversationKey key = ConversationKey.named(tenant, turn.conversation());
    conversations.add(turn.conversation());
    KnownMessages there = known.computeIfAbsent(key, this::known);
    if (turn.messages().stream().anyMatch(message -> there.has(message, now))) {
      passedOver++;
      return;
    }
    waiting.add(new TurnLog.Draft(key, turn.messages(), turn.attributes()));
    turn.messages().forEach(there::add);
    waitingCharacters += turn.characters();
    if (waiting.size() == TOGETHER || waitingCharacters > BoundedText.MOST) {
      hand();
    }
  }

  /** Only what the history has acknowledged counts as taken. */
  private void hand() {
    if (!waiting.isEmpty()) {
      List<TurnLog.Draft> turns = List.copyOf(waiting);
      waiting.clear();
      waitingCharacters = 0;
      destination.append(turns);
      taken += turns.size();
    }
  }

  private KnownMessages known(ConversationKey key) {
    var there = new KnownMessages();
    present.apply(key).forEach(turn -> turn.messages().forEach(there::add));
    return there;
  }
}
