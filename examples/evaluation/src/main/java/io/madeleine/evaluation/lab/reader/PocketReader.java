// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab.reader;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvView;
import io.madeleine.engine.model.Forward;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Step;
import io.madeleine.engine.model.Transformer;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.evaluation.dialogue.Asker;
import io.madeleine.evaluation.dialogue.Dialogue;
import io.madeleine.evaluation.dialogue.Narrator;
import io.madeleine.evaluation.dialogue.Part;
import io.madeleine.evaluation.dialogue.PocketFormat;
import io.madeleine.evaluation.dialogue.Question;
import io.madeleine.evaluation.dialogue.Script;
import io.madeleine.evaluation.dialogue.Turn;
import io.madeleine.evaluation.world.Dice;
import io.madeleine.evaluation.world.World;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes held-out dialogues in the pocket model's own format. Answers are teacher-forced: at each
 * place the model's best token is compared with the right one, which for a whole answer is the same
 * as decoding it greedily.
 */
public final class PocketReader implements DialogueReader {

  private final World world;
  private final Tokenizer tokenizer;

  /** A reader with the model's tokenizer. */
  public PocketReader(World world, Tokenizer tokenizer) {
    this.world = world;
    this.tokenizer = tokenizer;
  }

  @Override
  public boolean asksInside() {
    return true;
  }

  @Override
  public Reading read(long seed, int context, int questions, boolean heldOutPhrases) {
    Dice dice = new Dice(seed);
    Script script = new Script(context, heldOutPhrases);
    Dialogue dialogue = new Narrator(world, dice, script, t -> ids(t).size()).tell();
    List<Question> asked = new Asker(world, dice, heldOutPhrases).ask(dialogue, questions);
    return reading(dialogue, asked);
  }

  private Reading reading(Dialogue dialogue, List<Question> questions) {
    Readings readings = new Readings(encode(PocketFormat.BEGIN));
    dialogue.turns().forEach(turn -> readings.add(turn, ids(turn)));
    return readings.reading(dialogue, questions.stream().map(this::asked).toList());
  }

  private Reading.Asked asked(Question question) {
    List<Integer> prompt = new ArrayList<>();
    PocketFormat.opening(question.text()).forEach(part -> prompt.addAll(encode(part.text())));
    List<Integer> answer = new ArrayList<>();
    List<Boolean> value = new ArrayList<>();
    for (Part part : question.answer()) {
      List<Integer> piece = encode(part.text());
      answer.addAll(piece);
      piece.forEach(id -> value.add(part.role() == Part.Role.VALUE));
    }
    answer.addAll(encode(PocketFormat.END));
    value.add(false);
    boolean[] values = new boolean[value.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value.get(i);
    }
    return new Reading.Asked(question, Readings.array(prompt), Readings.array(answer), values);
  }

  private List<Integer> ids(Turn turn) {
    List<Integer> ids = new ArrayList<>();
    PocketFormat.turn(turn).forEach(part -> ids.addAll(encode(part.text())));
    return ids;
  }

  private List<Integer> encode(String text) {
    return Arrays.stream(tokenizer.encode(text, text.startsWith("<|"))).boxed().toList();
  }

  @Override
  public List<Verdict> answer(
      Transformer model, List<KvCache> caches, List<Reading.Asked> questions) {
    List<Step> batch = new ArrayList<>();
    for (int i = 0; i < caches.size(); i++) {
      Observe all = Observe.of(Observe.Signal.ALL_LOGITS);
      batch.add(Step.next(caches.get(i), ids(questions.get(i)), all));
    }
    List<Forward> forwards = model.forward(batch);
    List<Verdict> verdicts = new ArrayList<>();
    for (int i = 0; i < forwards.size(); i++) {
      verdicts.add(judge(questions.get(i), forwards.get(i).allLogits()));
    }
    return verdicts;
  }

  @Override
  public List<Verdict> answer(
      Transformer model, List<KvCache> caches, List<Reading.Asked> questions, KvView view) {
    List<Verdict> verdicts = new ArrayList<>();
    for (int i = 0; i < caches.size(); i++) {
      verdicts.add(judge(questions.get(i), logits(model, caches.get(i), questions.get(i), view)));
    }
    return verdicts;
  }

  /** The question at once and the answer token by token: a layer chooses by what is there. */
  private static float[][] logits(
      Transformer model, KvCache cache, Reading.Asked asked, KvView view) {
    int[] ids = ids(asked);
    float[][] logits = new float[ids.length][];
    int from = 0;
    for (int end = asked.prompt().length; end <= ids.length; end++) {
      int[] said = Arrays.copyOfRange(ids, from, end);
      Step step = Step.next(cache, said, Observe.of(Observe.Signal.ALL_LOGITS)).with(view);
      float[][] some = model.forward(List.of(step)).getFirst().allLogits();
      System.arraycopy(some, 0, logits, from, some.length);
      from = end;
    }
    return logits;
  }

  /** Question and answer; the answer's last token predicts nothing and is left out. */
  private static int[] ids(Reading.Asked asked) {
    int[] ids = new int[asked.prompt().length + asked.answer().length - 1];
    System.arraycopy(asked.prompt(), 0, ids, 0, asked.prompt().length);
    System.arraycopy(asked.answer(), 0, ids, asked.prompt().length, asked.answer().length - 1);
    return ids;
  }

  private static Verdict judge(Reading.Asked asked, float[][] logits) {
    boolean values = true;
    boolean whole = true;
    for (int i = 0; i < asked.answer().length; i++) {
      boolean right = Best.of(logits[asked.prompt().length - 1 + i]) == asked.answer()[i];
      whole &= right;
      values &= right || !asked.value()[i];
    }
    return new Verdict(values, whole, values ? 1 : 0);
  }
}
