package io.madeleine.evaluation.retention.hosted;

import io.madeleine.evaluation.interval.PairedRatio;
import io.madeleine.evaluation.retention.hosted.HostedReplay.Arm;
import io.madeleine.langchain4j.hosted.HostedProvider;
import io.madeleine.langchain4j.hosted.PriceSheet;
import io.madeleine.langchain4j.hosted.PriceSheet.Price;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** The cost replay of every arm at every provider, paired over seeds. */
public final class HostedCosts {

  private static final double[] PATIENCE = {0.1, 1, 10};

  private final PriceSheet sheet;
  private final int sessions;
  private final int seeds;
  private final long firstSeed;

  /**
   * @param sheet what tokens cost
   * @param sessions a seed
   * @param seeds runs, the unit of the intervals
   * @param firstSeed of the first run; the others follow it
   */
  public HostedCosts(PriceSheet sheet, int sessions, int seeds, long firstSeed) {
    this.sheet = sheet;
    this.sessions = sessions;
    this.seeds = seeds;
    this.firstSeed = firstSeed;
  }

  /** {@return all rows of these providers} Tells each as it is done. */
  public List<HostedRow> run(List<HostedProvider> providers, Consumer<HostedRow> each) {
    var rows = new ArrayList<HostedRow>();
    Map<Double, Odds> truths =
        Arrays.stream(PATIENCE).boxed().collect(Collectors.toMap(patience -> patience, Odds::of));
    for (HostedProvider provider : providers) {
      Price price = sheet.of(provider, "").orElseThrow();
      for (double patience : PATIENCE) {
        Odds truth = Objects.requireNonNull(truths.get(patience));
        double[] oracle = dollars(price, Arm.ORACLE, patience, truth);
        for (Arm arm : Arm.values()) {
          HostedRow row = row(price, arm, patience, dollars(price, arm, patience, truth), oracle);
          rows.add(row);
          each.accept(row);
        }
      }
    }
    return rows;
  }

  private HostedRow row(Price price, Arm arm, double patience, double[] dollars, double[] oracle) {
    PairedRatio ratio = PairedRatio.of(dollars, oracle);
    return new HostedRow(
        price.provider().name().toLowerCase(Locale.ROOT),
        patience,
        arm.name().toLowerCase(Locale.ROOT),
        Arrays.stream(dollars).sum() / seeds,
        ratio.ratio(),
        ratio.low(),
        ratio.high(),
        sheet.asOf().toString());
  }

  /** Dollars a session, one a seed. */
  private double[] dollars(Price price, Arm arm, double patience, Odds truth) {
    double[] dollars = new double[seeds];
    for (int seed = 0; seed < seeds; seed++) {
      List<Session> generated = Session.generate(sessions, patience, firstSeed + seed);
      dollars[seed] = new HostedReplay(price, arm, truth).dollars(generated) / sessions;
    }
    return dollars;
  }
}
