package io.madeleine.langchain4j.hosted;

import io.madeleine.langchain4j.hosted.PriceSheet.Price;
import java.time.Duration;

/**
 * How often it pays to read a prefix again while nobody asks, so that it does not lapse. A pure
 * function of prices and odds, for providers whose entries live on when they are read (Anthropic,
 * Bedrock).
 *
 * <p>A keep-alive is the last request with its answer behind it, marked for an hour, asking for one
 * token. It reads {@code L} tokens, writes the answer for an hour, and so gives the whole prefix an
 * hour, however short it was to live before. It is only sent if nobody came until shortly before
 * the prefix lapses, when more is known than when it was written: how long the pause lasts already,
 * and whether a tool or a person is waited for.
 */
public final class KeepAlive {

  /** Sent so much before a life is over, for clocks differ and requests take time. */
  public static final Duration MARGIN = Duration.ofSeconds(20);

  /** Tokens that a keep-alive writes beside those that it reads: an answer, as a rule. */
  public static final long WRITTEN = 200;

  private static final int MOST = 24;

  private final Price price;
  private final int most;

  /**
   * How a pause is to be bridged.
   *
   * @param reads keep-alives at most, if nobody comes
   * @param cost expected, of having the prefix for the next request, in tokens of plain input
   */
  public record Plan(int reads, double cost) {}

  /** Sends at most as many in a pause as can pay. */
  public KeepAlive(Price price) {
    this(price, MOST);
  }

  private KeepAlive(Price price, int most) {
    this.price = price;
    this.most = most;
  }

  /** {@return plans for who may send none} */
  public static KeepAlive never(Price price) {
    return new KeepAlive(price, 0);
  }

  /** {@return tokens of plain input that one costs} */
  public double cost(long prefix) {
    double oneToken = price.input() == 0 ? 0 : price.output() / price.input();
    return price.read() * prefix + price.longWrite() * WRITTEN + oneToken;
  }

  /**
   * {@return seconds after the request at which the next keep-alive is due}
   *
   * @param life that the request was marked with
   * @param reads keep-alives sent so far
   */
  public static double dueSeconds(Duration life, int reads) {
    return livesSeconds(life, reads) - MARGIN.toSeconds();
  }

  /** {@return seconds after the request until which the prefix lives with so many keep-alives} */
  public static double livesSeconds(Duration life, int reads) {
    double margin = MARGIN.toSeconds();
    return reads == 0
        ? life.toSeconds()
        : life.toSeconds()
            - margin
            + (reads - 1) * (HostedTtl.LONG.toSeconds() - margin)
            + HostedTtl.LONG.toSeconds();
  }

  /**
   * {@return the number of keep-alives that is expected to cost least}
   *
   * @param prefix tokens that the next request reads
   * @param stable those of them, in front, that live for an hour anyhow
   * @param life that the request was marked with
   * @param odds how long it takes until the next one comes
   */
  public Plan plan(long prefix, long stable, Duration life, GapOdds odds) {
    var best = new Plan(0, without(prefix, stable, life, odds));
    double sent = 0;
    for (int reads = 1; reads <= most; reads++) {
      sent += odds.outlasts(dueSeconds(life, reads - 1)) * cost(prefix);
      double late = odds.outlasts(livesSeconds(life, reads));
      double all = sent + read(prefix) * (1 - late) + written(prefix) * late;
      if (all < best.cost()) {
        best = new Plan(reads, all);
      }
    }
    return best;
  }

  /** What the next request pays for the prefix if nothing is done. */
  private double without(long prefix, long stable, Duration life, GapOdds odds) {
    double late = odds.outlasts((double) life.toSeconds());
    double tooLate = odds.outlasts((double) HostedTtl.LONG.toSeconds());
    return read(prefix) * (1 - late)
        + (read(stable) + written(prefix - stable)) * (late - tooLate)
        + written(prefix) * tooLate;
  }

  private double read(long tokens) {
    return price.read() * tokens;
  }

  private double written(long tokens) {
    return price.shortWrite() * tokens;
  }
}
