// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.retrieval;

import io.madeleine.evaluation.dataset.AnnotatedConversation;
import io.madeleine.evaluation.dialogue.Asker;
import io.madeleine.evaluation.dialogue.Dialogue;
import io.madeleine.evaluation.dialogue.Narrator;
import io.madeleine.evaluation.dialogue.Part;
import io.madeleine.evaluation.dialogue.PocketFormat;
import io.madeleine.evaluation.dialogue.Script;
import io.madeleine.evaluation.dialogue.Turn;
import io.madeleine.evaluation.world.Dice;
import io.madeleine.evaluation.world.World;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Dialogues of the pocket model's world as conversations whose evidence is known: one person tells
 * a helper one fact after another, which is what LoCoMo's chats between friends are not.
 */
final class ToldDialogues {

  private static final int LENGTH = 1_000;
  private static final int CHARACTERS_PER_TOKEN = 3;
  private static final int QUESTIONS = 24;
  private static final Duration BETWEEN = Duration.ofMinutes(1);

  private ToldDialogues() {}

  /** {@return {@code count} dialogues of the seeds from {@code first} on} */
  static List<AnnotatedConversation> of(long first, int count) {
    World world = World.load();
    return IntStream.range(0, count).mapToObj(i -> one(world, first + i)).toList();
  }

  private static AnnotatedConversation one(World world, long seed) {
    var dice = new Dice(seed);
    Dialogue dialogue =
        new Narrator(
                world,
                dice,
                new Script(LENGTH, /* heldOutPhrases= */ false),
                turn -> text(turn).length() / CHARACTERS_PER_TOKEN)
            .tell();
    List<AnnotatedConversation.Turn> turns = new ArrayList<>();
    for (Turn turn : dialogue.turns()) {
      Instant at = Instant.EPOCH.plus(BETWEEN.multipliedBy(turns.size()));
      turns.add(new AnnotatedConversation.Turn("turn " + turns.size(), 0, at, "", text(turn)));
    }
    List<AnnotatedConversation.Question> questions =
        new Asker(world, dice, /* heldOutPhrases= */ false)
            .ask(dialogue, QUESTIONS).stream()
                .filter(question -> !question.evidence().isEmpty())
                .map(
                    question ->
                        new AnnotatedConversation.Question(
                            question.text(), "", question.kind().label(), question.evidence()))
                .toList();
    return new AnnotatedConversation("told " + seed, turns, questions);
  }

  /** What is said, without the marks of the chat format, which are no words. */
  private static String text(Turn turn) {
    return PocketFormat.turn(turn).stream()
        .map(Part::text)
        .collect(Collectors.joining())
        .replaceAll("<\\|[a-z]+\\|>", " ")
        .strip();
  }
}
