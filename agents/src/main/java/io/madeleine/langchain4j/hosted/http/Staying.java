package io.madeleine.langchain4j.hosted.http;

import io.madeleine.langchain4j.hosted.Fields;
import java.util.List;

/**
 * How much of a request stands in the next one too, as far as those so far tell. An augmentor's
 * excerpts stand in the newest question and not in the history, and a window that slides drops what
 * comes first: what is written behind either is read by nobody. Not thread-safe.
 */
final class Staying {

  /** How much the next question has in common with a request. */
  enum Extent {
    /** All of it: the conversation grows. */
    ALL,
    /** What stands before the newest question. */
    HISTORY,
    /** The tools and the instruction. */
    INSTRUCTION
  }

  /** One beginning that changes may be a summary or a deletion; two in a row are a window. */
  private static final int SLIDES = 2;

  private String begin = "";
  private int messages;
  private int asked = -1;
  private int question; // its hash: nobody's words lie here
  private boolean slidInTurn;
  private int begunOtherwise;
  private boolean questionChanges;
  private boolean roundsChange;

  /**
   * A request is to go out.
   *
   * @param begins how its messages begin
   * @param now its messages
   */
  void sees(String begins, List<Fields> now) {
    int said = MarkerPlaces.lastSaid(now, now.size());
    boolean isSame = asked >= 0 && asked < now.size() && hash(now, asked) == question;
    if (!begin.isEmpty() && !isAgain(begins, now, isSame)) {
      learn(begins, now, isSame);
    }
    begin = begins;
    messages = now.size();
    asked = said;
    question = said < 0 ? 0 : hash(now, said);
  }

  /** A request that failed and is made again tells nothing. */
  private boolean isAgain(String begins, List<Fields> now, boolean isSame) {
    return isSame && begins.equals(begin) && now.size() <= messages;
  }

  private void learn(String begins, List<Fields> now, boolean isSame) {
    // Behind the first question a history that grew begins otherwise where excerpts are gone.
    boolean grew = asked == 0 && now.size() > messages;
    boolean slid = !begins.equals(begin) && !grew;
    slidInTurn |= slid;
    if (Exchange.bringsResults(now.getLast())) {
      roundsChange = slid || !isSame;
      return;
    }
    begunOtherwise = slidInTurn ? begunOtherwise + 1 : 0;
    if (!slidInTurn) {
      questionChanges = !isSame;
    }
    slidInTurn = false;
  }

  /** {@return what the next question is expected to find again} */
  Extent extent() {
    if (begunOtherwise >= SLIDES) {
      return Extent.INSTRUCTION;
    }
    return questionChanges ? Extent.HISTORY : Extent.ALL;
  }

  /** {@return whether the rounds of a turn change what stands before them} */
  boolean isChangedByRounds() {
    return roundsChange;
  }

  private static int hash(List<Fields> messages, int index) {
    return CacheMarkers.plain(messages.get(index)).write().hashCode();
  }
}
