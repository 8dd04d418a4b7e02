// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.madeleine.evaluation.dialogue.Question;
import io.madeleine.evaluation.lab.Scored;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The findings of one or more runs.
 *
 * @param setup what was run, so that a file can be traced: model, its hash, seeds and numbers
 * @param rows a row for each policy, share and context
 */
public record LabReport(Map<String, String> setup, List<LabRow> rows) {

  static final String FULL = "full";

  public LabReport {
    setup = Collections.unmodifiableMap(new LinkedHashMap<>(setup));
    rows = List.copyOf(rows);
  }

  /**
   * {@return the report of a run}, whose rows are compared with that of its "full" policy
   *
   * @throws IllegalArgumentException if that was not run
   */
  public static LabReport of(List<Scored> scored, int context) {
    Map<String, List<Scored>> groups = new LinkedHashMap<>();
    scored.forEach(
        s -> groups.computeIfAbsent(s.policy() + " " + s.kept(), k -> new ArrayList<>()).add(s));
    int dialogues = 1 + scored.stream().mapToInt(Scored::dialogue).max().orElse(0);
    List<Scored> full = scored.stream().filter(s -> s.policy().equals(FULL)).toList();
    if (full.isEmpty()) {
      throw new IllegalArgumentException(
          "every row is compared with the policy 'full', but that is not among %s: run it, too"
              .formatted(groups.keySet()));
    }
    return new LabReport(
        Map.of(), groups.values().stream().map(g -> row(g, full, context, dialogues)).toList());
  }

  private static LabRow row(List<Scored> group, List<Scored> full, int context, int dialogues) {
    Counts mine = Counts.of(group, dialogues);
    Counts theirs = Counts.of(full, dialogues);
    int[] once = new int[dialogues];
    Arrays.fill(once, 1);
    List<Scored> answerable = group.stream().filter(Scored::answerable).toList();
    return new LabRow(
        group.getFirst().policy(),
        group.getFirst().kept(),
        context,
        answerable.size(),
        mine.share(once),
        Bootstrap.of(dialogues, mine::share),
        mean(answerable.stream().map(Scored::whole).toList()),
        answerable.stream().mapToDouble(Scored::f1).average().orElse(0),
        answerable.stream().mapToDouble(Scored::evidence).average().orElse(0),
        ratio(mine.share(once), theirs.share(once)),
        Bootstrap.of(dialogues, drawn -> ratio(mine.share(drawn), theirs.share(drawn))),
        100 * (mine.share(once) - theirs.share(once)),
        Bootstrap.of(dialogues, drawn -> 100 * (mine.share(drawn) - theirs.share(drawn))),
        group.stream().mapToDouble(Scored::bytesPerToken).average().orElse(0),
        kinds(group));
  }

  /** A reader that answers nothing from all it was told has no shares: JSON has no infinities. */
  private static double ratio(double mine, double full) {
    return full == 0 ? 0 : mine / full;
  }

  /** Answerable questions of each dialogue, and how many of them were answered. */
  private record Counts(List<Integer> asked, List<Integer> right) {

    static Counts of(List<Scored> group, int dialogues) {
      int[] asked = new int[dialogues];
      int[] right = new int[dialogues];
      for (Scored s : group) {
        if (s.answerable()) {
          asked[s.dialogue()]++;
          right[s.dialogue()] += s.values() ? 1 : 0;
        }
      }
      return new Counts(
          Arrays.stream(asked).boxed().toList(), Arrays.stream(right).boxed().toList());
    }

    double share(int[] drawn) {
      double all = 0;
      double good = 0;
      for (int d = 0; d < drawn.length; d++) {
        all += (double) drawn[d] * asked.get(d);
        good += (double) drawn[d] * right.get(d);
      }
      return all == 0 ? 0 : good / all;
    }
  }

  private static Map<String, LabRow.Kind> kinds(List<Scored> group) {
    Map<String, LabRow.Kind> kinds = new LinkedHashMap<>();
    for (Question.Kind kind : Question.Kind.values()) {
      List<Scored> asked = group.stream().filter(s -> s.kind() == kind).toList();
      if (!asked.isEmpty()) {
        double values = mean(asked.stream().map(Scored::values).toList());
        double whole = mean(asked.stream().map(Scored::whole).toList());
        kinds.put(kind.label(), new LabRow.Kind(asked.size(), values, whole));
      }
    }
    return kinds;
  }

  private static double mean(List<Boolean> right) {
    return right.stream().mapToInt(r -> r ? 1 : 0).average().orElse(0);
  }

  /** {@return this report and the rows of another} */
  public LabReport and(LabReport other) {
    List<LabRow> all = new ArrayList<>(rows);
    all.addAll(other.rows);
    return new LabReport(setup, all);
  }

  /** {@return the report as JSON: {@code {"setup": {...}, "rows": [...]}}} */
  public String json() {
    try {
      return JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("records are always JSON: should not happen", e);
    }
  }

  /** {@return the report as a table in Markdown} */
  public String table() {
    StringBuilder out =
        new StringBuilder(
            """
            | policy | context | kept | n | accuracy (95 %) | whole | F1 | evidence | of full (95 %) | points (95 %) | bytes/token | kinds |
            |---|---|---|---|---|---|---|---|---|---|---|---|
            """);
    for (LabRow row : rows) {
      StringBuilder kinds = new StringBuilder();
      row.kinds()
          .forEach((k, v) -> kinds.append(format("%s %.2f/%d ", k, v.accuracy(), v.questions())));
      out.append(
          format(
              "| %s | %d | %.3f | %d | %.3f (%.3f–%.3f) | %.3f | %.3f | %.2f | %.3f (%.3f–%.3f) | %+.1f (%+.1f–%+.1f) | %.0f | %s|\n",
              row.policy(),
              row.context(),
              row.kept(),
              row.questions(),
              row.accuracy(),
              row.interval().low(),
              row.interval().high(),
              row.whole(),
              row.f1(),
              row.evidence(),
              row.ofFull(),
              row.ofFullInterval().low(),
              row.ofFullInterval().high(),
              row.points(),
              row.pointsInterval().low(),
              row.pointsInterval().high(),
              row.bytesPerToken(),
              kinds));
    }
    return out.toString();
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
