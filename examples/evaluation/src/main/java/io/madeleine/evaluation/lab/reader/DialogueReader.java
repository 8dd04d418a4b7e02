// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab.reader;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvView;
import io.madeleine.engine.model.Transformer;
import io.madeleine.engine.text.ModelText;
import io.madeleine.evaluation.world.World;
import java.util.List;

/** Puts held-out dialogues into a model's words, and judges what it answers. */
public interface DialogueReader {

  /** {@return the reader of a model}; the pocket's vocabulary betrays one that knows our format */
  static DialogueReader of(ModelText text) {
    boolean pocket = text.tokenizer().vocabulary().pieces().contains("<|session|>");
    return pocket
        ? new PocketReader(World.load(), text.tokenizer())
        : new ChatReader(World.load(), text);
  }

  /**
   * {@return the dialogue of a seed with its questions}
   *
   * @param context it ends with the first turn that reaches this many tokens
   * @param questions at most so many
   * @param heldOutPhrases whether wordings are held out as well as words
   */
  Reading read(long seed, int context, int questions, boolean heldOutPhrases);

  /** {@return how many different dialogues there are: with more, some would be asked twice} */
  default int dialogues() {
    return Integer.MAX_VALUE;
  }

  /**
   * {@return how each question went}
   *
   * @param caches one for each question, which it may grow
   */
  List<Verdict> answer(Transformer model, List<KvCache> caches, List<Reading.Asked> questions);

  /** {@return whether it can ask where every layer recalls for itself} */
  default boolean asksInside() {
    return false;
  }

  /**
   * {@return how each question went where every layer recalls for itself, token by token}
   *
   * @throws UnsupportedOperationException unless it {@link #asksInside}
   */
  default List<Verdict> answer(
      Transformer model, List<KvCache> caches, List<Reading.Asked> questions, KvView view) {
    throw new UnsupportedOperationException(
        "recall inside attention is measured on the pocket model alone: leave that policy out");
  }

  /**
   * How a question went.
   *
   * @param values whether everything that had to be recalled was right
   * @param whole whether the whole answer was right, word for word
   * @param f1 token F1 of the answer; 0 or 1 where answers are not graded
   */
  record Verdict(boolean values, boolean whole, double f1) {

    /** {@return the verdict where an answer is right or wrong} */
    static Verdict of(boolean right) {
      return new Verdict(right, right, right ? 1 : 0);
    }
  }
}
