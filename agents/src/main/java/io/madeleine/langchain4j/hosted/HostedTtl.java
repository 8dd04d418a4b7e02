package io.madeleine.langchain4j.hosted;

import io.madeleine.langchain4j.hosted.HostedDecision.Choice;
import io.madeleine.langchain4j.hosted.HostedSetting.Automatic;
import io.madeleine.langchain4j.hosted.HostedSetting.Explicit;
import io.madeleine.langchain4j.hosted.HostedSetting.Lifetime;
import io.madeleine.langchain4j.hosted.HostedSetting.None;
import io.madeleine.langchain4j.hosted.PriceSheet.Price;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * From how long pauses last to what a provider is told. A pure function of prices and odds.
 *
 * <p>A conversation grows: each request writes the {@code D} tokens that are new in it, and the
 * next one reads the whole prefix of {@code L} tokens if it comes in time and pays for it again if
 * not. With write prices {@code w}, a read price {@code r} and the chance {@code p} of coming too
 * late, one step costs {@code w·D + (1 − p)·r·L + p·w·L}. At Anthropic's prices that is an hour
 * rather than five minutes where {@code p5 − 1.652·p60 > 0.652·D/L}.
 */
public final class HostedTtl {

  /** Anthropic's and Bedrock's shorter life. */
  public static final Duration SHORT = Duration.ofMinutes(5);

  /** Their longer one. */
  public static final Duration LONG = Duration.ofHours(1);

  /** OpenAI's, from GPT-5.6 on. */
  public static final Duration HALF_AN_HOUR = Duration.ofMinutes(30);

  /** OpenAI's longest retention, up to GPT-5.5. */
  public static final Duration DAY = Duration.ofDays(1);

  /** What OpenAI keeps a prefix for by itself, up to GPT-5.5: five to ten minutes. */
  private static final Duration BY_ITSELF = Duration.ofMinutes(8);

  /** How often a request within a turn is marked for an hour anew: one in five, as measured. */
  private static final double MARKED_AGAIN = 0.2;

  private static final int STEPS_OF_STORAGE = 48;

  private final HostedProvider provider;
  private final Price price;
  private final boolean mayKeepForADay;

  /**
   * @param price of the model
   * @param mayKeepForADay whether the operator's data policy allows a prompt to lie at the provider
   *     for a day
   */
  public HostedTtl(Price price, boolean mayKeepForADay) {
    this.provider = price.provider();
    this.price = price;
    this.mayKeepForADay = mayKeepForADay;
  }

  /**
   * {@return what to tell the provider}
   *
   * @param prefix tokens that the next request reads again
   * @param added tokens that are new in this one, at most {@code prefix}
   * @param odds how long it takes until the next one comes
   */
  public HostedDecision decide(long prefix, long added, GapOdds odds) {
    var choices = new ArrayList<Choice>();
    choices.add(new Choice(new None(), added + prefix));
    if (prefix >= price.minimum()) {
      choices.addAll(offered(prefix, added, odds));
    }
    choices.sort(Comparator.comparingDouble(Choice::cost));
    return new HostedDecision(choices.getFirst().setting(), choices);
  }

  /**
   * The same for Anthropic and Bedrock, where a request that is marked for an hour pays for its new
   * tokens only and gives an hour to all that stands before them. So an hour is worth its price
   * where little is new in a request and much before it lives for five minutes only, and what it
   * buys lasts until the turn is over, for the pauses behind the requests that follow it too.
   *
   * @param stable tokens in front that live for an hour already, at most {@code prefix}
   * @param share of answers that a person goes on from, from 0 to 1
   * @param alive how pauses are bridged
   */
  public HostedDecision decide(
      long prefix,
      long added,
      long stable,
      double share,
      GapOdds people,
      GapOdds tools,
      KeepAlive alive) {
    var choices = new ArrayList<Choice>();
    choices.add(new Choice(new None(), added + prefix));
    if (prefix >= price.minimum()) {
      double shortPeople = alive.plan(prefix, stable, SHORT, people).cost();
      double shortTools = alive.plan(prefix, stable, SHORT, tools).cost();
      double next = share * shortPeople + (1 - share) * shortTools;
      double lasting = share / (share + MARKED_AGAIN * (1 - share));
      double gain =
          lasting * (shortPeople - alive.plan(prefix, prefix, LONG, people).cost())
              + (1 - share) * (shortTools - alive.plan(prefix, prefix, LONG, tools).cost());
      choices.add(new Choice(new Lifetime(SHORT), price.shortWrite() * added + next));
      choices.add(new Choice(new Lifetime(LONG), price.longWrite() * added + next - gain));
    }
    choices.sort(Comparator.comparingDouble(Choice::cost));
    return new HostedDecision(choices.getFirst().setting(), choices);
  }

  private List<Choice> offered(long prefix, long added, GapOdds odds) {
    return switch (provider) {
      case ANTHROPIC, BEDROCK ->
          List.of(
              lifetime(SHORT, price.shortWrite(), prefix, added, odds),
              lifetime(LONG, price.longWrite(), prefix, added, odds));
      case OPENAI -> {
        double late = odds.outlasts((double) BY_ITSELF.toSeconds());
        var automatic = new Choice(new Automatic(), step(1, prefix, added, late));
        yield mayKeepForADay
            ? List.of(automatic, lifetime(DAY, 1, prefix, added, odds))
            : List.of(automatic);
      }
      case OPENAI_EXPLICIT ->
          List.of(lifetime(HALF_AN_HOUR, price.shortWrite(), prefix, added, odds));
      case GEMINI -> List.of(stored(prefix, added, odds));
    };
  }

  private Choice lifetime(Duration lifetime, double write, long prefix, long added, GapOdds odds) {
    double late = odds.outlasts((double) lifetime.toSeconds());
    return new Choice(new Lifetime(lifetime), step(write, prefix, added, late));
  }

  private double step(double write, long prefix, long added, double late) {
    return write * added + (1 - late) * price.read() * prefix + late * write * prefix;
  }

  /**
   * Storage is paid by the hour, a hit saves {@code (1 − r)} of the prefix: keep while the chance
   * of coming back, per hour, is above {@code storage / ((1 − r) · input)}.
   */
  private Choice stored(long prefix, long added, GapOdds odds) {
    double perSecond = price.storage() / price.input() / 3_600;
    double breakEven = breakEvenSeconds();
    double best = added + prefix;
    double bestSeconds = 0;
    double waited = 0;
    double before = 0;
    for (int i = 1; i <= STEPS_OF_STORAGE; i++) {
      // Up to four times the break-even, closer together where most pauses end.
      double seconds = 4 * breakEven * Math.pow((double) i / STEPS_OF_STORAGE, 2);
      double middle = odds.outlasts((before + seconds) / 2);
      waited += (seconds - before) * middle;
      before = seconds;
      double late = odds.outlasts(seconds);
      double cost =
          added + perSecond * waited * prefix + (1 - late) * price.read() * prefix + late * prefix;
      if (cost < best) {
        best = cost;
        bestSeconds = seconds;
      }
    }
    Duration life = Duration.ofSeconds((long) Math.ceil(bestSeconds));
    return new Choice(bestSeconds == 0 ? new None() : new Explicit(life), best);
  }

  /** {@return for how long after its last use a prompt may lie in the provider's cache} */
  public Duration longest() {
    return provider == HostedProvider.OPENAI && mayKeepForADay ? DAY : LONG;
  }

  /**
   * {@return seconds for which storing costs as much as a hit saves: what to keep for when nothing
   * is known, never more than twice the best (ski rental)}
   */
  public double breakEvenSeconds() {
    return price.storage() == 0 ? 0 : 3_600 * (1 - price.read()) * price.input() / price.storage();
  }
}
