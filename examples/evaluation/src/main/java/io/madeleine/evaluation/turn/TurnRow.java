package io.madeleine.evaluation.turn;

import java.util.Locale;

/**
 * What one turn cost by one method.
 *
 * @param method events, topics, text, window or reprefill
 * @param history tokens of the conversation before the turn
 * @param ttftMs to the first token, on the clock
 * @param cpuMs the same in processor time of the one thread that computes
 * @param prefilled tokens that the model read
 * @param ramBytes of keys and values in memory, all tiers
 * @param diskBytes of keys and values on disk
 */
public record TurnRow(
    String method,
    int history,
    double ttftMs,
    double cpuMs,
    int prefilled,
    long ramBytes,
    long diskBytes) {

  /** {@return a line of a Markdown table} */
  String toLine() {
    return String.format(
        Locale.ROOT,
        "| %s | %,d | %.1f | %.1f | %,d | %.1f | %.1f |",
        method,
        history,
        ttftMs,
        cpuMs,
        prefilled,
        ramBytes / 1e6,
        diskBytes / 1e6);
  }

  static String header() {
    return "| method | history | TTFT ms | CPU ms | prefilled | RAM MB | disk MB |\n"
        + "|---|---|---|---|---|---|---|";
  }
}
