package io.madeleine.evaluation.cost;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.IndexOptions.Vectors;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.match.Matches;
import io.madeleine.memory.index.schema.IndexedTurn;
import io.madeleine.memory.index.schema.TurnFilter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** An index whose turns are numbers, each with the vector of that number. */
final class VectorLayout {

  private static final int CONVERSATION = 500;
  private static final int BATCH = 256;
  private static final int FEWEST_READ_WHOLE = 64;
  private static final long HALF_AN_HOUR = 30 * 60_000L;
  private static final Tenant TENANT = new Tenant("one");

  private final float[][] known;
  private final Vectors layout;
  private final Path directory;

  VectorLayout(float[][] known, Vectors layout, Path directory) {
    this.known = known;
    this.layout = layout;
    this.directory = directory;
    try (var index = open(options(layout, IndexOptions.DEFAULT.depth()))) {
      List<IndexedTurn> batch = new ArrayList<>();
      for (int i = 0; i < known.length; i++) {
        batch.add(turn(i));
        if (batch.size() == BATCH || i == known.length - 1) {
          index.addAll(batch);
          batch.clear();
        }
      }
      if (!index.awaitVectors(HALF_AN_HOUR)) {
        throw new IllegalStateException("vectors are still missing: " + index.report().notes());
      }
      index.purge();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static IndexOptions options(Vectors layout, int depth) {
    IndexOptions usual = IndexOptions.DEFAULT;
    return new IndexOptions(
        layout,
        usual.commitEvery(),
        usual.purgeWithin(),
        FEWEST_READ_WHOLE,
        depth,
        usual.questionWithin(),
        usual.vectorQueueBytes());
  }

  TurnIndex open(IndexOptions options) {
    return TurnIndex.open(directory, options, Optional.of(new Numbers()));
  }

  Vectors layout() {
    return layout;
  }

  int size() {
    return known.length;
  }

  /** {@return the turns whose full vectors are compared with the question's} */
  Set<Integer> lookedAt(TurnIndex index, float[] question) {
    Matches matches = index.search(TurnFilter.of(TENANT), "", Optional.of(question));
    Set<Integer> numbers = new HashSet<>();
    for (int i = 0; i < matches.size(); i++) {
      if (matches.hasCosine(i)) {
        numbers.add((int) matches.sequence(i) - 1);
      }
    }
    return numbers;
  }

  private static IndexedTurn turn(int i) {
    return new IndexedTurn(
        ConversationKey.of(TENANT.id(), "c" + i / CONVERSATION),
        i + 1,
        i % CONVERSATION,
        "t" + i,
        Instant.EPOCH,
        "",
        "talk",
        "",
        Integer.toString(i));
  }

  /** The embedder of numbers. */
  private final class Numbers implements Embedder {

    @Override
    public String fingerprint() {
      return "numbers";
    }

    @Override
    public int dimension() {
      return known[0].length;
    }

    @Override
    public List<float[]> embed(List<String> texts) {
      return texts.stream().map(text -> known[Integer.parseInt(text)]).toList();
    }
  }
}
