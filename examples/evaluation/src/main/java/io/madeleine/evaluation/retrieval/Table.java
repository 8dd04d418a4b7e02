package io.madeleine.evaluation.retrieval;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.madeleine.evaluation.interval.StudentT;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The rows, in percent: printed, and as JSON. */
final class Table {

  /** Conversations that anything here may be tuned on. */
  static final Set<String> DEVELOPMENT =
      Set.of("conv-26", "conv-30", "conv-41", "conv-42", "conv-43");

  private final int[] budgets;
  private final ArrayNode rows;
  private final ObjectNode root = new ObjectMapper().createObjectNode();

  Table(int[] budgets) {
    this.budgets = budgets;
    this.rows = root.putArray("rows");
  }

  ObjectNode json() {
    return root;
  }

  ObjectNode add(String method, List<Score> scores) {
    List<Score> answerable = scores.stream().filter(Score::answerable).toList();
    ObjectNode row = rows.addObject();
    row.put("method", method);
    row.put("questions", answerable.size());
    row.set("recall", byBudget(answerable, false));
    row.set("all", byBudget(answerable, true));
    halves(row, answerable);
    ObjectNode categories = row.putObject("byCategory");
    ObjectNode allCategories = row.putObject("allByCategory");
    for (String category :
        scores.stream().map(Score::category).collect(Collectors.toCollection(TreeSet::new))) {
      List<Score> some = scores.stream().filter(s -> s.category().equals(category)).toList();
      categories.set(category, byBudget(some, false));
      allCategories.set(category, byBudget(some, true));
    }
    ObjectNode units = row.putObject("recallAtUnits");
    for (int u = 0; u < Score.UNITS.size(); u++) {
      int at = u;
      units.put("" + Score.UNITS.get(u), percent(answerable, s -> s.recallAtUnits().get(at)));
    }
    row.put("ndcg10", percent(answerable, Score::ndcg));
    ObjectNode interval = row.putObject("ci95");
    for (int b = 0; b < budgets.length; b++) {
      int at = b;
      interval.put("" + budgets[b], halfWidth(answerable, s -> s.recallAtTokens().get(at)));
    }
    return row;
  }

  private void halves(ObjectNode row, List<Score> answerable) {
    Map<Boolean, List<Score>> half =
        answerable.stream()
            .collect(Collectors.partitioningBy(s -> DEVELOPMENT.contains(s.conversation())));
    ObjectNode halves = row.putObject("halves");
    for (boolean development : List.of(true, false)) {
      List<Score> some = half.getOrDefault(development, List.of());
      if (!some.isEmpty()) {
        ObjectNode one = halves.putObject(development ? "development" : "test");
        one.set("recall", byBudget(some, false));
        one.set("all", byBudget(some, true));
        ObjectNode categories = one.putObject("byCategory");
        some.stream()
            .collect(
                Collectors.groupingBy(Score::category, LinkedHashMap::new, Collectors.toList()))
            .forEach((category, scores) -> categories.set(category, byBudget(scores, false)));
      }
    }
  }

  private ObjectNode byBudget(List<Score> scores, boolean whole) {
    ObjectNode node = root.objectNode();
    for (int b = 0; b < budgets.length; b++) {
      int at = b;
      node.put(
          "" + budgets[b],
          percent(
              scores,
              s ->
                  whole
                      ? (s.recallAtTokens().get(at) > 1 - 1e-9 ? 1 : 0)
                      : s.recallAtTokens().get(at)));
    }
    return node;
  }

  private static double percent(
      List<Score> scores, java.util.function.ToDoubleFunction<Score> value) {
    double mean = scores.stream().mapToDouble(value).average().orElse(0);
    return Math.round(mean * 10_000) / 100.0;
  }

  /** Half the 95 % interval over the conversations' means. */
  private static double halfWidth(
      List<Score> scores, java.util.function.ToDoubleFunction<Score> value) {
    double[] means =
        scores.stream()
            .collect(Collectors.groupingBy(Score::conversation, Collectors.averagingDouble(value)))
            .values()
            .stream()
            .mapToDouble(Double::doubleValue)
            .toArray();
    if (means.length < 2) {
      return 0;
    }
    double mean = java.util.Arrays.stream(means).average().orElse(0);
    double variance =
        java.util.Arrays.stream(means).map(m -> (m - mean) * (m - mean)).sum() / (means.length - 1);
    double t = StudentT.quantile(means.length - 1);
    return Math.round(t * Math.sqrt(variance / means.length) * 10_000) / 100.0;
  }

  void print(PrintStream out) {
    out.printf("%n%-46s", "recall of evidence, percent");
    for (int budget : budgets) {
      out.printf("%8d", budget);
    }
    out.printf("   ±%-6d%8s%8s%n", budgets[budgets.length / 2], "R@10", "nDCG");
    for (var row : rows) {
      line(out, row.path("method").asText(), Optional.of(row), row.path("recall"));
      if (row.path("method").asText().startsWith("madeleine")) {
        row.path("halves")
            .properties()
            .forEach(
                half ->
                    line(
                        out,
                        "    " + half.getKey() + " half",
                        Optional.empty(),
                        half.getValue().path("recall")));
        row.path("byCategory")
            .properties()
            .forEach(
                category ->
                    line(out, "    " + category.getKey(), Optional.empty(), category.getValue()));
      }
    }
  }

  private void line(
      PrintStream out,
      String name,
      Optional<com.fasterxml.jackson.databind.JsonNode> row,
      com.fasterxml.jackson.databind.JsonNode recall) {
    out.printf("%-46s", name);
    for (int budget : budgets) {
      out.printf("%8.1f", recall.path("" + budget).asDouble());
    }
    row.ifPresent(
        r ->
            out.printf(
                "   %-7.1f%8.1f%8.1f",
                r.path("ci95").path("" + budgets[budgets.length / 2]).asDouble(),
                r.path("recallAtUnits").path("10").asDouble(),
                r.path("ndcg10").asDouble()));
    out.println();
  }
}
