// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab.reader;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.model.Transformer;
import io.madeleine.engine.text.ModelText;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.evaluation.dialogue.Asker;
import io.madeleine.evaluation.dialogue.Dialogue;
import io.madeleine.evaluation.dialogue.Narrator;
import io.madeleine.evaluation.dialogue.Question;
import io.madeleine.evaluation.dialogue.Script;
import io.madeleine.evaluation.dialogue.Turn;
import io.madeleine.evaluation.world.Dice;
import io.madeleine.evaluation.world.World;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Tells the same dialogues in plain language, through the chat template of any instruct model.
 * Answers are decoded greedily and searched for what had to be recalled; "whole" is the same here.
 */
public final class ChatReader implements DialogueReader {

  private final World world;
  private final ModelText text;

  /** A reader for the model that speaks like this. */
  public ChatReader(World world, ModelText text) {
    this.world = world;
    this.text = text;
  }

  @Override
  public Reading read(long seed, int context, int questions, boolean heldOutPhrases) {
    Dice dice = new Dice(seed);
    Script script = new Script(context, heldOutPhrases);
    Dialogue dialogue = new Narrator(world, dice, script, this::length).tell();
    List<Question> asked = new Asker(world, dice, heldOutPhrases).ask(dialogue, questions);
    return reading(dialogue, asked);
  }

  /** What the turn adds; what stands before the first turn is there once. */
  private int length(Turn turn) {
    List<ChatMessage> once = PlainLanguage.messages(turn);
    List<ChatMessage> twice = new ArrayList<>(once);
    twice.addAll(once);
    return tokens(twice) - tokens(once);
  }

  private int tokens(List<ChatMessage> messages) {
    return text.tokenizer().encode(text.template().render(messages, List.of(), false), true).length;
  }

  private Reading reading(Dialogue dialogue, List<Question> questions) {
    List<ChatMessage> messages = new ArrayList<>();
    String before = "";
    Readings readings = new Readings(List.of());
    for (Turn turn : dialogue.turns()) {
      messages.addAll(PlainLanguage.messages(turn));
      String now = text.template().render(messages, List.of(), false);
      String added = addition(before, now);
      int[] ids = before.isEmpty() ? text.encode(now) : text.tokenizer().encode(added, true);
      readings.add(turn, Arrays.stream(ids).boxed().toList());
      before = now;
    }
    List<Reading.Asked> asked = new ArrayList<>();
    for (Question question : questions) {
      messages.add(PlainLanguage.question(question));
      String added = addition(before, text.template().render(messages, List.of(), true));
      messages.removeLast();
      int[] prompt = text.tokenizer().encode(added, true);
      asked.add(new Reading.Asked(question, prompt, new int[0], new boolean[0]));
    }
    return readings.reading(dialogue, asked);
  }

  private static String addition(String before, String now) {
    if (!now.startsWith(before)) {
      throw new IllegalArgumentException(
          "this model's chat template rewrites earlier turns, so that a cache of them is worth"
              + " nothing: measure another model");
    }
    return now.substring(before.length());
  }

  @Override
  public List<Verdict> answer(
      Transformer model, List<KvCache> caches, List<Reading.Asked> questions) {
    List<String> said = Speech.answers(model, text, caches, questions);
    List<Verdict> verdicts = new ArrayList<>();
    for (int i = 0; i < said.size(); i++) {
      verdicts.add(Verdict.of(PlainLanguage.right(questions.get(i).question(), said.get(i))));
    }
    return verdicts;
  }
}
