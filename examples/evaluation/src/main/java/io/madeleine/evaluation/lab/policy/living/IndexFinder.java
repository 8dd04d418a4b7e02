package io.madeleine.evaluation.lab.policy.living;

import io.madeleine.engine.token.Tokenizer;
import io.madeleine.evaluation.lab.LabCase;
import io.madeleine.evaluation.lab.reader.Reading;
import io.madeleine.evaluation.scratch.Scratch;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.schema.IndexedTurn;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.retrieval.RecallRequest;
import io.madeleine.memory.retrieval.Retriever;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The product's own index: words and neighbours, and meaning where there is an embedder. */
public final class IndexFinder implements TurnFinder {

  private static final ConversationKey KEY = ConversationKey.of("laboratory", "dialogue");
  private static final Duration BETWEEN = Duration.ofMinutes(1);
  private static final long PATIENCE_MILLIS = 600_000;

  private final Tokenizer tokenizer;
  private final Supplier<Optional<Embedder>> source;
  private Optional<Embedder> embedder = Optional.empty();
  private Optional<Scratch> scratch = Optional.empty();
  private @Nullable Reading of;
  private @Nullable TurnIndex index;

  /**
   * @param source of an embedder, asked for when the first dialogue is indexed
   */
  public IndexFinder(Tokenizer tokenizer, Supplier<Optional<Embedder>> source) {
    this.tokenizer = tokenizer;
    this.source = source;
  }

  @Override
  public List<Integer> ranked(LabCase lab, int[] said, int before) {
    TurnIndex known = index(lab.reading());
    Instant now = at(lab.reading().turns().size());
    var request = new RecallRequest(TurnFilter.in(KEY), text(said), now);
    return new Retriever(
            known,
            ZoneOffset.UTC,
            (turn, speaker) -> TopicRecall.asked(tokenizer, lab.reading().tokensOf((int) turn - 1)))
        .rank(request).stream()
            .map(found -> (int) found.sequence() - 1)
            .filter(turn -> turn < before)
            .toList();
  }

  private TurnIndex index(Reading reading) {
    TurnIndex known = index;
    if (known != null && reading.equals(of)) {
      return known;
    }
    forget();
    embedder = embedder.isPresent() ? embedder : source.get();
    Scratch made = Scratch.named("madeleine-index");
    TurnIndex fresh = TurnIndex.open(made.directory(), IndexOptions.DEFAULT, embedder);
    List<IndexedTurn> turns = new ArrayList<>();
    for (int i = 0; i < reading.turns().size(); i++) {
      String text = text(reading.tokensOf(i));
      turns.add(new IndexedTurn(KEY, i + 1L, i, "turn " + i, at(i), "", "talk", "", text));
    }
    index = fresh;
    scratch = Optional.of(made);
    fresh.addAll(turns);
    awaitVectors(fresh);
    of = reading;
    return fresh;
  }

  private static void awaitVectors(TurnIndex index) {
    try {
      if (!index.awaitVectors(PATIENCE_MILLIS)) {
        throw new IllegalStateException(
            "vectors are still missing after %,d ms: %s"
                .formatted(PATIENCE_MILLIS, index.report().notes()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while vectors were made", e);
    }
  }

  private static Instant at(int turn) {
    return Instant.EPOCH.plus(BETWEEN.multipliedBy(turn));
  }

  /** Without the marks of the chat format, which are no words. */
  private String text(int[] tokens) {
    return tokenizer.decode(tokens).replaceAll("<\\|[a-z]+\\|>", " ").strip();
  }

  @Override
  public void forget() {
    TurnIndex known = index;
    if (known != null) {
      known.close();
    }
    scratch.ifPresent(Scratch::close);
    scratch = Optional.empty();
    index = null;
    of = null;
  }
}
