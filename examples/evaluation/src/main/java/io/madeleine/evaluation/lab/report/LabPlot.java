package io.madeleine.evaluation.lab.report;

import io.madeleine.evaluation.plot.Axis;
import io.madeleine.evaluation.plot.Axis.Tick;
import io.madeleine.evaluation.plot.Chart;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;

/**
 * Accuracy over the share kept, a chart for each context; policies run at one share have no line.
 */
final class LabPlot {

  private static final List<String> COLOURS =
      List.of(
          "#2a78d6", "#b3541e", "#2f8f4e", "#8c4fb3", "#c4303f", "#0f8b8d", "#d08a00", "#6b6b6b",
          "#e377c2", "#1f3b73", "#7d8c00", "#5b3a29");

  private LabPlot() {}

  /** {@return the charts as one file; the lines in the order of {@code policies}, at most 12} */
  static String svg(List<LabRow> rows, List<String> policies) {
    if (policies.isEmpty() || policies.size() > COLOURS.size()) {
      throw new IllegalArgumentException(
          "a chart has 1..%d lines, but %d policies were named"
              .formatted(COLOURS.size(), policies.size()));
    }
    Map<Integer, List<LabRow>> contexts = new TreeMap<>();
    rows.forEach(row -> contexts.computeIfAbsent(row.context(), c -> new ArrayList<>()).add(row));
    List<Chart> charts = new ArrayList<>();
    contexts.forEach((context, some) -> charts.add(chart(context, some, policies)));
    return Chart.svg(charts);
  }

  private static Chart chart(int context, List<LabRow> rows, List<String> policies) {
    List<Chart.Line> lines = new ArrayList<>();
    for (int i = 0; i < policies.size(); i++) {
      String policy = policies.get(i);
      List<Chart.Point> points =
          rows.stream()
              .filter(row -> row.policy().equals(policy))
              .map(row -> new Chart.Point(row.kept(), row.accuracy()))
              .sorted((a, b) -> Double.compare(a.x(), b.x()))
              .toList();
      if (policy.equals("full") && !points.isEmpty()) {
        double accuracy = points.getFirst().y();
        points = List.of(new Chart.Point(lowest(rows), accuracy), new Chart.Point(1, accuracy));
      }
      if (points.size() > 1) {
        lines.add(new Chart.Line(policy, COLOURS.get(i), points));
      }
    }
    List<Tick> shares =
        rows.stream()
            .mapToDouble(LabRow::kept)
            .distinct()
            .mapToObj(kept -> new Tick(kept, kept == 1 ? "all" : "1/" + Math.round(1 / kept)))
            .toList();
    List<Tick> tenths =
        DoubleStream.of(0, 0.2, 0.4, 0.6, 0.8, 1)
            .mapToObj(a -> new Tick(a, String.format(Locale.ROOT, "%.1f", a)))
            .toList();
    return new Chart(
        String.format(
            Locale.ROOT,
            "Questions answered over the share of the cache kept, %,d tokens",
            context),
        new Axis(true, Math.min(lowest(rows), 0.5), 1, shares),
        new Axis(false, 0, 1, tenths),
        lines);
  }

  private static double lowest(List<LabRow> rows) {
    return rows.stream().mapToDouble(LabRow::kept).min().orElseThrow();
  }
}
