package io.madeleine.evaluation.turn;

import io.madeleine.evaluation.plot.Axis;
import io.madeleine.evaluation.plot.Axis.Tick;
import io.madeleine.evaluation.plot.Chart;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/** What a turn costs over the history behind it: processor time, and memory; both logarithmic. */
final class TurnPlot {

  private record Method(String name, String colour) {}

  private static final List<Method> METHODS =
      List.of(
          new Method("reprefill", "#b3541e"),
          new Method("text", "#8c4fb3"),
          new Method("events", "#2a78d6"),
          new Method("topics", "#2f8f4e"),
          new Method("window", "#6b6b6b"));

  private TurnPlot() {}

  /** {@return both charts as one file} */
  static String svg(List<TurnRow> rows) {
    return Chart.svg(
        List.of(
            chart("Processor time to the first token, ms", rows, TurnRow::cpuMs),
            chart("Keys and values in memory, MB", rows, row -> row.ramBytes() / 1e6)));
  }

  private static Chart chart(String title, List<TurnRow> rows, ToDoubleFunction<TurnRow> value) {
    List<Chart.Line> lines = new ArrayList<>();
    for (Method method : METHODS) {
      List<Chart.Point> points =
          rows.stream()
              .filter(row -> row.method().equals(method.name()))
              .map(row -> new Chart.Point(row.history(), value.applyAsDouble(row)))
              .toList();
      if (!points.isEmpty()) {
        lines.add(new Chart.Line(method.name(), method.colour(), points));
      }
    }
    List<Chart.Point> all = lines.stream().flatMap(line -> line.points().stream()).toList();
    List<Tick> histories =
        rows.stream()
            .filter(row -> row.method().equals("events"))
            .map(row -> new Tick(row.history(), "%.0fk".formatted(row.history() / 1e3)))
            .toList();
    double most = all.stream().mapToDouble(Chart.Point::x).max().orElse(2);
    double least = Math.min(most / 2, all.stream().mapToDouble(Chart.Point::x).min().orElse(1));
    return new Chart(title, new Axis(true, least, most, histories), decades(all), lines);
  }

  private static Axis decades(List<Chart.Point> points) {
    double low = points.stream().mapToDouble(Chart.Point::y).min().orElse(1);
    double high = points.stream().mapToDouble(Chart.Point::y).max().orElse(10);
    int from = (int) Math.floor(Math.log10(low));
    int to = Math.max(from + 1, (int) Math.ceil(Math.log10(high)));
    List<Tick> ticks =
        DoubleStream.iterate(from, decade -> decade <= to, decade -> decade + 1)
            .map(decade -> Math.pow(10, decade))
            .mapToObj(at -> new Tick(at, written(at)))
            .toList();
    return new Axis(true, Math.pow(10, from), Math.pow(10, to), ticks);
  }

  private static String written(double at) {
    if (at < 1000) {
      return String.format(Locale.ROOT, at < 1 ? "%.1f" : "%.0f", at);
    }
    return String.format(Locale.ROOT, at < 1e6 ? "%.0fk" : "%.0fM", at / (at < 1e6 ? 1e3 : 1e6));
  }
}
