package io.madeleine.memory.segmentation;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What the judges make of one turn, in log-odds beyond what a boundary needs.
 *
 * @param margin above 0 the turn opens an episode
 * @param join log-odds of an altogether new dialogue
 * @param reasons what each signal added
 */
record Verdict(double margin, double join, Map<Signal, Double> reasons) {

  private static final List<Signal> SIGNALS = FeatureStream.signals();

  /** Probabilities from which each judge's word is a boundary; chosen on development halves. */
  private static final double JOIN_FROM = logOdds(.12);

  private static final double ASSISTANT_FROM = logOdds(.38);
  private static final double CHAT_FROM = logOdds(.24);

  /** How much the finer judges are held back once a whole new dialogue was seen in the stream. */
  private static final double COARSENING = 2;

  private static double logOdds(double probability) {
    return Math.log(probability / (1 - probability));
  }

  static double probability(double logOdds) {
    return 1 / (1 + Math.exp(-logOdds));
  }

  /**
   * Believes the judge of joins where it says more, and else the two finer ones, mixed by how both
   * sides talk. Where the stream has shown whole new dialogues, its boundaries are of that kind and
   * finer ones count for less.
   *
   * @param strongestJoin the highest log-odds of a join so far in the stream, slowly forgotten
   */
  static Verdict of(
      BoundaryModel model, int lookAhead, double[] row, double[] style, double strongestJoin) {
    var join = model.join(lookAhead);
    var assistant = model.assistant(lookAhead);
    var chat = model.chat(lookAhead);
    double joins = join.logOdds(row);
    double share = probability(model.style().logOdds(style));
    double fine =
        share * (assistant.logOdds(row) - ASSISTANT_FROM)
            + (1 - share) * (chat.logOdds(row) - CHAT_FROM)
            - COARSENING * probability(strongestJoin);
    boolean coarse = joins - JOIN_FROM >= fine;
    Map<Signal, Double> reasons = new EnumMap<>(Signal.class);
    for (int i = 0; i < row.length; i++) {
      double part =
          coarse
              ? join.part(row, i)
              : share * assistant.part(row, i) + (1 - share) * chat.part(row, i);
      reasons.merge(SIGNALS.get(i), part, Double::sum);
    }
    return new Verdict(coarse ? joins - JOIN_FROM : fine, joins, reasons);
  }
}
