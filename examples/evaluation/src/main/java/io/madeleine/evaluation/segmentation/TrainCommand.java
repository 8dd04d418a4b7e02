package io.madeleine.evaluation.segmentation;

import io.madeleine.evaluation.segmentation.Logistic.Fit;
import io.madeleine.evaluation.segmentation.Logistic.Part;
import io.madeleine.langchain4j.InProcessEmbedders;
import io.madeleine.memory.segmentation.BoundaryModel;
import io.madeleine.memory.segmentation.FeatureStream;
import io.madeleine.memory.segmentation.Utterance;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code eval segmentation-train}: the coefficients of {@link BoundaryModel}, from the development
 * halves of sets with boundaries and from dialogues sewn together.
 *
 * <p>Only the first half of each set is read; the second is left for the report.
 */
@Command(
    name = "segmentation-train",
    mixinStandardHelpOptions = true,
    description = "Fits the coefficients of the segmenter on the first half of each set.")
public final class TrainCommand implements Callable<Integer> {

  private static final long SEED = 9;
  private static final double RIDGE = 3;

  /** The chats are few: fifty dialogues. */
  private static final double CHAT_RIDGE = 100;

  private static final int STRETCH = 14;

  @Option(names = "--assistant", required = true, description = "Dialogues with an assistant.")
  Path assistant = Path.of("");

  @Option(names = "--chat", required = true, description = "Chats among equals.")
  Path chat = Path.of("");

  @Option(names = "--tasks", required = true, description = "Agents at work, no boundaries.")
  Path tasks = Path.of("");

  @Option(names = "--sessions", required = true, description = "Conversations with sessions.")
  Path sessions = Path.of("");

  @Option(names = "--out", required = true, description = "Where to write the coefficients.")
  Path out = Path.of("");

  @Option(names = "--vectors", description = "A file that keeps vectors between runs.")
  @Nullable Path vectors;

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
      PrintWriter err = spec.commandLine().getErr();
      var cache =
          new CachedVectors(InProcessEmbedders.miniLm(executor), Optional.ofNullable(vectors), err);
      var answers = cache.addTo(firstHalf(SegmentationData.read(assistant).dialogues()));
      var chats = cache.addTo(firstHalf(SegmentationData.read(chat).dialogues()));
      var agents = cache.addTo(spoken(firstHalf(SegmentationData.read(tasks).dialogues())));
      var talks = cache.addTo(firstHalf(SegmentationData.read(sessions).dialogues()));
      Files.writeString(out, coefficients(answers, chats, agents, talks));
    }
    return 0;
  }

  private static List<SegmentedDialogue> firstHalf(List<SegmentedDialogue> all) {
    return all.subList(0, all.size() / 2);
  }

  /** {@return the dialogues without tools and silent turns} */
  private static List<SegmentedDialogue> spoken(List<SegmentedDialogue> all) {
    List<SegmentedDialogue> spoken = new ArrayList<>();
    for (SegmentedDialogue dialogue : all) {
      var turns =
          dialogue.turns().stream()
              .filter(turn -> !turn.speaker().equals("tool"))
              .map(turn -> Utterance.of(turn.speaker(), turn.text().replace("###STOP###", "")))
              .filter(turn -> !turn.text().isBlank())
              .map(turn -> turn.speaker().equals("user") ? turn : asAgent(turn))
              .toList();
      if (turns.size() >= 4) {
        spoken.add(new SegmentedDialogue(dialogue.id(), turns, dialogue.boundaries()));
      }
    }
    return spoken;
  }

  /** One name for the assistant's side, so that a seam between two sources shows in no name. */
  private static Utterance asAgent(Utterance turn) {
    return Utterance.of("agent", turn.text());
  }

  private static String coefficients(
      List<SegmentedDialogue> answers,
      List<SegmentedDialogue> chats,
      List<SegmentedDialogue> agents,
      List<SegmentedDialogue> talks) {
    var joins = new Joins(SEED);
    var mixed = joins.of(List.of(answers, answers, chats, agents), 400);
    var tasks = joins.of(List.of(agents), 60);
    var stretches = joins.sessions(talks, 3, 40);
    var text =
        new StringBuilder("# judge number usual weight; written by eval segmentation-train\n");
    for (int ahead = 0; ahead <= BoundaryModel.MOST_LOOK_AHEAD; ahead++) {
      Part seams = rows(mixed, ahead);
      Part starts = rows(stretches, ahead);
      append(text, "JOIN" + ahead, new Logistic().add(seams, 1).add(starts, .25).fit(RIDGE));
      Part questions = rows(answers, ahead);
      Part taskSeams = rows(tasks, ahead);
      append(
          text,
          "ASSISTANT" + ahead,
          new Logistic().add(questions, 1).add(taskSeams, .3).fit(RIDGE));
      append(text, "CHAT" + ahead, new Logistic().add(rows(chats, ahead), 1).fit(CHAT_RIDGE));
    }
    var style =
        new Logistic()
            .add(styles(answers, true), 1. / 3)
            .add(styles(agents, true), .5 / 3)
            .add(styles(chats, false), 1. / 3)
            .add(styles(stretches(talks), false), .5 / 3);
    append(text, "STYLE", style.fit(RIDGE));
    return text.toString();
  }

  private static List<SegmentedDialogue> stretches(List<SegmentedDialogue> talks) {
    List<SegmentedDialogue> stretches = new ArrayList<>();
    for (SegmentedDialogue talk : talks) {
      for (int from = 0; from + STRETCH <= talk.turns().size(); from += 3 * STRETCH) {
        stretches.add(
            new SegmentedDialogue(talk.id(), talk.turns().subList(from, from + STRETCH), Set.of()));
      }
    }
    return stretches;
  }

  /** Rows as the segmenter would see them if all its earlier decisions had been right. */
  private static Part rows(List<SegmentedDialogue> dialogues, int ahead) {
    var part = new Part();
    for (SegmentedDialogue dialogue : dialogues) {
      var stream = new FeatureStream();
      var turns = dialogue.turns();
      stream.begin(turns.getFirst());
      for (int t = 1; t < turns.size(); t++) {
        boolean opens = dialogue.boundaries().contains(t);
        var seen = turns.subList(t + 1, Math.min(turns.size(), t + 1 + ahead));
        part.add(stream.next(turns.get(t), seen), opens);
        stream.decided(turns.get(t), opens);
      }
    }
    return part;
  }

  private static Part styles(List<SegmentedDialogue> dialogues, boolean assistant) {
    var part = new Part();
    for (SegmentedDialogue dialogue : dialogues) {
      var stream = new FeatureStream();
      stream.begin(dialogue.turns().getFirst());
      for (Utterance turn : dialogue.turns().subList(1, dialogue.turns().size())) {
        var unused = stream.next(turn, List.of());
        part.add(stream.style(), assistant);
        stream.decided(turn, false);
      }
    }
    return part;
  }

  private static void append(StringBuilder text, String judge, Fit fit) {
    List<String> names = BoundaryModel.numbersOf(judge);
    text.append(String.format(Locale.ROOT, "%s bias 0 %.5g%n", judge, fit.bias));
    for (int i = 0; i < names.size(); i++) {
      text.append(
          String.format(
              Locale.ROOT, "%s %s %.5g %.5g%n", judge, names.get(i), fit.usual[i], fit.weight[i]));
    }
  }
}
