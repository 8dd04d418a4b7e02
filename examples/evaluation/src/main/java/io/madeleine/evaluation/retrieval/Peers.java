package io.madeleine.evaluation.retrieval;

import io.madeleine.evaluation.dataset.AnnotatedConversation;
import io.madeleine.memory.index.Embedder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * What others do, done here: flat vectors, BM25, both by reciprocal rank fusion, over turns and
 * over windows, and the floors and the ceiling.
 */
final class Peers {

  private static final int DEPTH = 400;
  private static final int RRF_K = 60;

  private final List<AnnotatedConversation> data;
  private final List<List<int[]>> turns = new ArrayList<>();
  private final List<List<int[]>> sliding = new ArrayList<>();
  private final FlatBm25 turnWords;
  private final FlatBm25 slidingWords;

  Peers(List<AnnotatedConversation> data) {
    this.data = data;
    for (AnnotatedConversation conversation : data) {
      turns.add(
          IntStream.range(0, conversation.turns().size()).mapToObj(i -> new int[] {i}).toList());
      sliding.add(windows(conversation));
    }
    turnWords = new FlatBm25(texts(turns));
    slidingWords = new FlatBm25(texts(sliding));
  }

  private static List<int[]> windows(AnnotatedConversation conversation) {
    var turns = conversation.turns();
    List<int[]> windows = new ArrayList<>();
    for (int i = 0; i < turns.size(); i++) {
      int session = turns.get(i).session();
      int from = i > 0 && turns.get(i - 1).session() == session ? i - 1 : i;
      int to = i + 1 < turns.size() && turns.get(i + 1).session() == session ? i + 1 : i;
      windows.add(IntStream.rangeClosed(from, to).toArray());
    }
    return windows;
  }

  private List<List<String>> texts(List<List<int[]>> units) {
    List<List<String>> texts = new ArrayList<>();
    for (int c = 0; c < data.size(); c++) {
      List<String> one = new ArrayList<>();
      for (int[] unit : units.get(c)) {
        var text = new StringBuilder();
        for (int turn : unit) {
          text.append(text.isEmpty() ? "" : "\n").append(data.get(c).turns().get(turn).text());
        }
        one.add(text.toString());
      }
      texts.add(one);
    }
    return texts;
  }

  /** {@return every text that a vector row needs} */
  List<String> slidingTexts() {
    return texts(sliding).stream().flatMap(List::stream).toList();
  }

  /** {@return the rows that need no vectors} */
  List<Method> withoutVectors() {
    List<Method> methods = new ArrayList<>();
    methods.add(method("turn BM25", turns, (c, q) -> words(turnWords, c, q)));
    methods.add(
        method("3-turn sliding window, BM25", sliding, (c, q) -> words(slidingWords, c, q)));
    methods.add(
        method(
            "newest turns only (token window memory)",
            turns,
            (c, q) -> {
              int n = turns.get(c).size();
              return IntStream.range(0, n).map(i -> n - 1 - i).toArray();
            }));
    methods.add(method("random turns", turns, this::shuffled));
    methods.add(
        method(
            "oracle (evidence first)",
            turns,
            (c, q) ->
                IntStream.concat(
                        data.get(c).questions().get(q).evidence().stream()
                            .mapToInt(Integer::intValue),
                        IntStream.range(0, turns.get(c).size()))
                    .distinct()
                    .toArray()));
    return methods;
  }

  /** {@return the rows of turns under {@code embedder}} */
  List<Method> withVectors(String label, Embedder embedder) {
    var vectors = new FlatVectors(texts(turns), embedder);
    BiFunction<Integer, Integer, int[]> flat =
        (c, q) -> vectors.rank(c, Method.text(data, c, q), DEPTH);
    List<Method> methods = new ArrayList<>();
    methods.add(method("turn vectors, " + label, turns, flat));
    methods.add(
        method(
            "turn RRF (" + label + "+BM25)",
            turns,
            (c, q) -> fused(flat.apply(c, q), words(turnWords, c, q))));
    methods.add(
        method(
            "LangChain4j default maxResults=3, " + label,
            turns,
            (c, q) -> vectors.rank(c, Method.text(data, c, q), 3)));
    return methods;
  }

  /** {@return the rows of 3-turn sliding windows under {@code embedder}} */
  List<Method> slidingWithVectors(String label, Embedder embedder) {
    var vectors = new FlatVectors(texts(sliding), embedder);
    BiFunction<Integer, Integer, int[]> flat =
        (c, q) -> vectors.rank(c, Method.text(data, c, q), DEPTH);
    return List.of(
        method("3-turn sliding window, " + label, sliding, flat),
        method(
            "3-turn sliding window, RRF " + label,
            sliding,
            (c, q) -> fused(flat.apply(c, q), words(slidingWords, c, q))));
  }

  private int[] words(FlatBm25 bm25, int conversation, int question) {
    return bm25.rank(conversation, Method.text(data, conversation, question), DEPTH);
  }

  private int[] shuffled(int conversation, int question) {
    int[] order = IntStream.range(0, turns.get(conversation).size()).toArray();
    var random = new Random(31L * conversation + question);
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
    return order;
  }

  private static int[] fused(int[] a, int[] b) {
    var score = new java.util.LinkedHashMap<Integer, Double>();
    for (int[] list : List.of(a, b)) {
      for (int rank = 0; rank < list.length; rank++) {
        score.merge(list[rank], 1.0 / (RRF_K + rank + 1), Double::sum);
      }
    }
    return score.entrySet().stream()
        .sorted(java.util.Map.Entry.<Integer, Double>comparingByValue().reversed())
        .mapToInt(java.util.Map.Entry::getKey)
        .toArray();
  }

  private static Method method(
      String name, List<List<int[]>> units, BiFunction<Integer, Integer, int[]> ranker) {
    return new Method() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public List<int[]> rank(int conversation, int question) {
        List<int[]> ranked = new ArrayList<>();
        for (int unit : ranker.apply(conversation, question)) {
          ranked.add(units.get(conversation).get(unit));
        }
        return ranked;
      }
    };
  }
}
