package io.madeleine.evaluation.lab.policy.observed;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.evaluation.lab.LabCase;
import io.madeleine.evaluation.lab.reader.Reading;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.topic.TopicClusters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The topics of a dialogue as EpiCache finds them: windows of turns, clustered by what an embedder
 * makes of them, or by their words.
 */
public final class DialogueTopics {

  private static final int WINDOW = 4;
  private static final int MEDOIDS = 8;
  private static final int LONGEST_PROMPT = 384;
  private static final int DIMS = 512;

  private final int topics;
  private final Directions directions;
  private @Nullable KvCache of;
  private @Nullable TopicClusters clusters;

  /** Where a part of a dialogue points to. */
  @FunctionalInterface
  interface Directions {
    float[] of(LabCase lab, int[] tokens);
  }

  public DialogueTopics(int topics, Directions directions) {
    this.topics = topics;
    this.directions = directions;
  }

  /** By words. */
  public static Directions words(Observations observations) {
    return (lab, tokens) -> observations.words(lab).vector(tokens, DIMS);
  }

  /** By meaning. */
  public static Directions meaning(Tokenizer tokenizer, Supplier<Embedder> embedder) {
    return (lab, tokens) -> {
      String text = tokenizer.decode(tokens).replaceAll("<\\|[a-z]+\\|>", " ").strip();
      return embedder.get().embed(List.of(text)).getFirst();
    };
  }

  /** {@return the topic of the question that will be asked} */
  public int asked(LabCase lab) {
    return clusters(lab).route(directions.of(lab, lab.questions().getFirst().prompt()));
  }

  /** {@return what speaks for a topic: its medoids' tokens, in their order} */
  public int[] prompt(LabCase lab, int topic) {
    List<TokenSpan> windows = windows(lab.reading());
    return clusters(lab).medoids(topic, MEDOIDS).stream()
        .sorted()
        .flatMapToInt(
            window ->
                Arrays.stream(
                    lab.reading().tokens(), windows.get(window).start(), windows.get(window).end()))
        .limit(LONGEST_PROMPT)
        .toArray();
  }

  public void forget() {
    clusters = null;
    of = null;
  }

  private TopicClusters clusters(LabCase lab) {
    TopicClusters known = clusters;
    if (known != null && of == lab.full()) {
      return known;
    }
    List<float[]> vectors = new ArrayList<>();
    for (TokenSpan window : windows(lab.reading())) {
      int[] tokens = Arrays.copyOfRange(lab.reading().tokens(), window.start(), window.end());
      vectors.add(directions.of(lab, tokens));
    }
    TopicClusters fresh = TopicClusters.of(vectors, Math.min(topics, vectors.size()), 10, 42);
    of = lab.full();
    clusters = fresh;
    return fresh;
  }

  private static List<TokenSpan> windows(Reading reading) {
    List<TokenSpan> windows = new ArrayList<>();
    List<TokenSpan> turns = reading.turns();
    for (int turn = 0; turn < turns.size(); turn += WINDOW) {
      int last = Math.min(turns.size(), turn + WINDOW) - 1;
      windows.add(new TokenSpan(turns.get(turn).start(), turns.get(last).end()));
    }
    return windows;
  }
}
