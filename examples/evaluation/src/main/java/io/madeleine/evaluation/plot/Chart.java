package io.madeleine.evaluation.plot;

import java.util.List;
import java.util.Locale;

/**
 * A chart of lines with a legend, as SVG.
 *
 * @param title what is shown, above it
 * @param x to the right
 * @param y upward; a grid line at each of its ticks
 * @param lines in the order of the legend
 */
public record Chart(String title, Axis x, Axis y, List<Line> lines) {

  private static final int WIDTH = 760;
  private static final int HEIGHT = 380;
  private static final int LEFT = 70;
  private static final int BOTTOM = 320;
  private static final int ACROSS = 500;
  private static final int UP = 280;

  /** A value over another. */
  public record Point(double x, double y) {}

  /**
   * A line.
   *
   * @param name in the legend
   * @param colour as SVG says it
   * @param points from left to right
   */
  public record Line(String name, String colour, List<Point> points) {
    public Line {
      points = List.copyOf(points);
    }
  }

  public Chart {
    lines = List.copyOf(lines);
  }

  /** {@return the file of one or more charts, one below the other} */
  public static String svg(List<Chart> charts) {
    var body = new StringBuilder();
    for (int i = 0; i < charts.size(); i++) {
      body.append(format("<g transform='translate(0 %d)'>%n", i * HEIGHT));
      charts.get(i).draw(body);
      body.append("</g>\n");
    }
    int height = HEIGHT * charts.size();
    return format(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' font-size='12'>%n"
                + "<rect width='%d' height='%d' fill='white'/>%n",
            WIDTH, height, WIDTH, height)
        + body
        + "</svg>\n";
  }

  private void draw(StringBuilder out) {
    out.append(format("<text x='%d' y='24' font-size='14'>%s</text>%n", LEFT, escaped(title)));
    for (Axis.Tick tick : y.ticks()) {
      out.append(
          format(
              "<line x1='%d' x2='%d' y1='%3$.1f' y2='%3$.1f' stroke='#ddd'/><text x='62' y='%3$.1f' text-anchor='end'>%4$s</text>%n",
              LEFT, LEFT + ACROSS + 30, up(tick.at()), escaped(tick.label())));
    }
    for (Axis.Tick tick : x.ticks()) {
      out.append(
          format(
              "<text x='%.1f' y='350' text-anchor='middle'>%s</text>%n",
              across(tick.at()), escaped(tick.label())));
    }
    for (int i = 0; i < lines.size(); i++) {
      draw(lines.get(i), 60 + 22 * i, out);
    }
  }

  private void draw(Line line, int legend, StringBuilder out) {
    var points = new StringBuilder();
    line.points().forEach(p -> points.append(format("%.1f,%.1f ", across(p.x()), up(p.y()))));
    out.append(
        format(
            "<polyline points='%1$s' fill='none' stroke='%2$s' stroke-width='2'/><text x='615' y='%3$d' fill='%2$s'>%4$s</text>%n",
            points.toString().strip(), line.colour(), legend, escaped(line.name())));
  }

  private double across(double value) {
    return LEFT + ACROSS * x.place(value);
  }

  private double up(double value) {
    return BOTTOM - UP * y.place(value);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
