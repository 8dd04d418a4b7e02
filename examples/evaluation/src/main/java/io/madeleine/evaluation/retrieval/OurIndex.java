package io.madeleine.evaluation.retrieval;

import io.madeleine.evaluation.dataset.AnnotatedConversation;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.IndexReport;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.match.Matches;
import io.madeleine.memory.index.schema.IndexedTurn;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.retrieval.RankedTurn;
import io.madeleine.memory.retrieval.RecallRequest;
import io.madeleine.memory.retrieval.Retriever;
import io.madeleine.memory.retrieval.Signals;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The product itself, on disk: one index for the whole data set, asked per conversation. */
final class OurIndex implements Method, AutoCloseable {

  private static final long MINUTES_FOR_VECTORS = 30 * 60_000L;

  private final String name;
  private final List<AnnotatedConversation> data;
  private final TurnIndex index;
  private final Retriever retriever;
  private final Optional<Embedder> embedder;
  private final List<Integer> firsts = new ArrayList<>();
  private final List<Long> nanos = new ArrayList<>();

  OurIndex(
      String name,
      List<AnnotatedConversation> data,
      Optional<Embedder> embedder,
      Path directory,
      IndexOptions options) {
    this.name = name;
    this.data = data;
    this.embedder = embedder;
    this.index = TurnIndex.open(directory, options, embedder);
    this.retriever = new Retriever(index, ZoneOffset.UTC, (sequence, speaker) -> "");
    int sequence = 1;
    for (AnnotatedConversation conversation : data) {
      firsts.add(sequence);
      List<IndexedTurn> turns = new ArrayList<>();
      for (AnnotatedConversation.Turn turn : conversation.turns()) {
        turns.add(
            new IndexedTurn(
                key(conversation),
                sequence,
                turns.size(),
                turn.id(),
                turn.at(),
                turn.speaker(),
                "talk",
                "",
                turn.text()));
        sequence++;
      }
      index.addAll(turns);
    }
    try {
      if (!index.awaitVectors(MINUTES_FOR_VECTORS)) {
        throw new IllegalStateException(
            "vectors are still missing after half an hour: " + index.report().notes());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    index.commit();
  }

  private static ConversationKey key(AnnotatedConversation conversation) {
    return ConversationKey.of("evaluation", conversation.id());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public List<int[]> rank(int conversation, int question) {
    RecallRequest request = request(conversation, question);
    Optional<float[]> vector = embedder.map(e -> e.embedQuery(request.question()));
    long start = System.nanoTime();
    List<RankedTurn> ranked = retriever.rank(request, vector);
    nanos.add(System.nanoTime() - start);
    return ranked.stream()
        .map(turn -> new int[] {(int) (turn.sequence() - firsts.get(conversation))})
        .toList();
  }

  /**
   * {@return the score of every turn, in the conversation's order}
   *
   * @param known whether {@code question} is one of the data set's, whose vector is kept
   */
  float[] scores(int conversation, String question, boolean known) {
    AnnotatedConversation one = data.get(conversation);
    var scores = new float[one.turns().size()];
    java.util.Arrays.fill(scores, -100);
    Instant now = one.turns().getLast().at().plusSeconds(86_400);
    Optional<float[]> vector = known ? embedder.map(e -> e.embedQuery(question)) : Optional.empty();
    for (RankedTurn turn :
        retriever.rank(new RecallRequest(TurnFilter.in(key(one)), question, now), vector)) {
      scores[(int) (turn.sequence() - firsts.get(conversation))] = turn.score();
    }
    return scores;
  }

  /** {@return the signals of every turn, in the conversation's order} */
  Signals signals(int conversation, int question) {
    RecallRequest request = request(conversation, question);
    Matches matches =
        index.search(
            request.filter(),
            request.question(),
            embedder.map(e -> e.embedQuery(request.question())));
    return Signals.of(matches, request, ZoneOffset.UTC);
  }

  private RecallRequest request(int conversation, int question) {
    AnnotatedConversation one = data.get(conversation);
    Instant now = one.turns().getLast().at().plusSeconds(86_400);
    return new RecallRequest(
        TurnFilter.in(key(one)), Method.text(data, conversation, question), now);
  }

  /** {@return the milliseconds of a search, without the question's vector, at {@code share}} */
  double milliseconds(double share) {
    List<Long> sorted = nanos.stream().sorted().toList();
    return sorted.isEmpty() ? 0 : sorted.get((int) (share * (sorted.size() - 1))) / 1e6;
  }

  IndexReport report() {
    return index.report();
  }

  @Override
  public void close() {
    index.close();
  }
}
