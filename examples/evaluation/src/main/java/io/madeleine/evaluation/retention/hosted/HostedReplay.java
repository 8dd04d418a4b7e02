package io.madeleine.evaluation.retention.hosted;

import io.madeleine.evaluation.retention.hosted.Session.Step;
import io.madeleine.langchain4j.hosted.CacheUsage;
import io.madeleine.langchain4j.hosted.GapOdds;
import io.madeleine.langchain4j.hosted.HostedProvider;
import io.madeleine.langchain4j.hosted.HostedSetting;
import io.madeleine.langchain4j.hosted.HostedSetting.Automatic;
import io.madeleine.langchain4j.hosted.HostedSetting.Explicit;
import io.madeleine.langchain4j.hosted.HostedSetting.Lifetime;
import io.madeleine.langchain4j.hosted.HostedSetting.None;
import io.madeleine.langchain4j.hosted.HostedTtl;
import io.madeleine.langchain4j.hosted.KeepAlive;
import io.madeleine.langchain4j.hosted.PriceSheet.Price;
import io.madeleine.memory.retention.GapRecorder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What sessions cost under a provider's rules. A prefix that was written can be read until its life
 * is over, counted from its last use; what is behind the longest such prefix is paid for. An arm
 * decides once a request, before it is known whether its answer calls a tool; afterwards it can
 * only prolong: Gemini's objects by a message, Anthropic's entries by reading them.
 */
final class HostedReplay {

  /** How an arm decides. */
  enum Arm {
    /** Caches nothing. */
    NONE,
    /** The provider's shortest life everywhere. */
    SHORT,
    /** The provider's longest life everywhere. */
    LONG,
    /** {@link HostedTtl}, by the pauses that this run saw so far; no keep-alives. */
    QUIET,
    /** The same with {@link KeepAlive} where the provider knows sliding lives. */
    OURS,
    /** Ours, told the distributions that pauses are drawn from, and none of the pauses. */
    BLIND,
    /** Knows the pause that comes, and may do all that ours may. */
    ORACLE
  }

  private static final int ASSUMED = 30;

  /** Twenty blocks at Anthropic; a request brings two. Others find whatever lives. */
  private static final int REQUESTS_LOOKED_BACK = 10;

  private static final double BY_ITSELF_SECONDS = 480;
  private static final double A_DAY = 86_400;

  private final Price price;
  private final Arm arm;
  private final Odds truth;
  private final HostedTtl ttl;
  private final KeepAlive alive;
  private final GapRecorder gaps = new GapRecorder();
  private double answers = 10;
  private double lasts = 1;

  /** A prefix in the provider's cache, as long as its request was. */
  private record Entry(long tokens, double lifeSeconds, double usedAt, int request) {
    boolean lives(double now, int next) {
      return now - usedAt <= lifeSeconds && next - request <= REQUESTS_LOOKED_BACK;
    }
  }

  /**
   * What an arm does about one request.
   *
   * @param setting for what is new in it
   * @param keepAlives at most, if nobody comes
   */
  private record Decision(HostedSetting setting, int keepAlives) {}

  HostedReplay(Price price, Arm arm, Odds truth) {
    this.price = price;
    this.arm = arm;
    this.truth = truth;
    this.ttl = new HostedTtl(price, /* mayKeepForADay= */ true);
    this.alive = new KeepAlive(price);
  }

  /** {@return dollars of input for these sessions, one after another} */
  double dollars(List<Session> sessions) {
    double sum = 0;
    for (Session session : sessions) {
      sum += dollars(session);
    }
    return sum;
  }

  private double dollars(Session session) {
    double dollars = 0;
    double now = 0;
    long tokens = 0;
    int request = 0;
    List<Entry> entries = List.of();
    for (Step step : session.steps()) {
      tokens += step.added();
      double at = now;
      int number = request++;
      long read =
          entries.stream()
              .filter(entry -> entry.lives(at, number))
              .mapToLong(Entry::tokens)
              .max()
              .orElse(0);
      Decision decision = decide(step, tokens, tokens - read, living(entries, now, number));
      HostedSetting setting = decision.setting();
      dollars += price.dollars(paid(setting, read, tokens - read));
      dollars += storage(setting, tokens, step.gapSeconds());
      int sent = sent(decision, step.gapSeconds());
      dollars += sent * alive.cost(tokens) * price.input() / 1e6;
      entries = slides() ? kept(entries, read, at, number) : new ArrayList<>();
      entries.add(entry(setting, tokens, at, sent, number));
      now += step.gapSeconds();
    }
    // Learned when a session is over: every request would mean sorting thousands of pauses anew.
    session.steps().forEach(this::learn);
    return dollars;
  }

  /** Objects of Gemini's do not slide: the one before is deleted when the next is made. */
  private boolean slides() {
    return price.provider() != HostedProvider.GEMINI;
  }

  /** Reading prolongs what was read, and what is in it. */
  private static List<Entry> kept(List<Entry> entries, long read, double at, int number) {
    var kept = new ArrayList<Entry>();
    for (Entry entry : entries) {
      if (entry.lives(at, number) && entry.tokens() <= read) {
        kept.add(new Entry(entry.tokens(), entry.lifeSeconds(), at, entry.request()));
      }
    }
    return kept;
  }

  /**
   * {@return tokens in front that live for an hour from now on and are found by the next request}
   */
  private static long living(List<Entry> entries, double at, int number) {
    return entries.stream()
        .filter(
            entry ->
                entry.lives(at, number + 1) && entry.lifeSeconds() >= HostedTtl.LONG.toSeconds())
        .mapToLong(Entry::tokens)
        .max()
        .orElse(0);
  }

  /** Keep-alives that went out before somebody came. */
  private static int sent(Decision decision, double gapSeconds) {
    if (!(decision.setting() instanceof Lifetime(Duration life))) {
      return 0;
    }
    int sent = 0;
    while (sent < decision.keepAlives() && KeepAlive.dueSeconds(life, sent) < gapSeconds) {
      sent++;
    }
    return sent;
  }

  private static Entry entry(HostedSetting setting, long tokens, double at, int sent, int number) {
    return setting instanceof Lifetime(Duration life) && sent > 0
        ? new Entry(tokens, KeepAlive.livesSeconds(life, sent), at, number)
        : new Entry(tokens, life(setting), at, number);
  }

  private void learn(Step step) {
    String who = step.last() ? "person" : "tools";
    if (Double.isInfinite(step.gapSeconds())) {
      gaps.hung(who, A_DAY);
    } else {
      gaps.returned(who, step.gapSeconds(), step.gapSeconds(), /* failed= */ false);
    }
    answers++;
    lasts += step.last() ? 1 : 0;
  }

  private Decision decide(Step step, long prefix, long rest, long stable) {
    long added = Math.max(1, rest);
    return switch (arm) {
      case NONE -> new Decision(new None(), 0);
      case SHORT -> new Decision(shortest(), 0);
      case LONG -> new Decision(longest(), 0);
      case QUIET ->
          prolonged(step, prefix, added, stable, learned(GapOdds.PEOPLE), KeepAlive.never(price));
      case OURS ->
          prolonged(step, prefix, added, stable, learned(GapOdds.PEOPLE_WHO_LEAVE), ours());
      case BLIND -> prolonged(step, prefix, added, stable, truth, ours());
      case ORACLE -> foreseen(step, prefix, added, stable);
    };
  }

  private Odds learned(GapOdds before) {
    return new Odds(
        GapOdds.recorded(gaps, "person", ASSUMED, before),
        GapOdds.recorded(gaps, "tools", ASSUMED, GapOdds.TOOLS),
        lasts / answers);
  }

  private static GapOdds next(Step step, Odds odds) {
    return step.last() ? odds.people() : odds.tools();
  }

  /**
   * Bedrock's entries could be kept alive too, but its requests do not pass where ours are sent.
   */
  private KeepAlive ours() {
    return price.provider() == HostedProvider.ANTHROPIC ? alive : KeepAlive.never(price);
  }

  /** Gemini's objects are prolonged after the answer, when it is known who speaks next. */
  private Decision prolonged(
      Step step, long prefix, long added, long stable, Odds odds, KeepAlive plans) {
    if (!isSliding()) {
      GapOdds known =
          price.provider() == HostedProvider.GEMINI
              ? next(step, odds)
              : GapOdds.mixed(odds.share(), odds.people(), odds.tools());
      return new Decision(ttl.decide(prefix, added, known).setting(), 0);
    }
    HostedSetting setting =
        ttl.decide(prefix, added, stable, odds.share(), odds.people(), odds.tools(), plans)
            .setting();
    return setting instanceof Lifetime(Duration life)
        ? new Decision(setting, plans.plan(prefix, stable, life, next(step, odds)).reads())
        : new Decision(setting, 0);
  }

  /** Who knows that nobody comes back writes nothing. */
  private Decision foreseen(Step step, long prefix, long added, long stable) {
    if (Double.isInfinite(step.gapSeconds())) {
      return new Decision(new None(), 0);
    }
    if (price.provider() == HostedProvider.GEMINI) {
      boolean worth = step.gapSeconds() < ttl.breakEvenSeconds();
      return new Decision(
          worth ? new Explicit(Duration.ofSeconds((long) step.gapSeconds() + 1)) : new None(), 0);
    }
    GapOdds pause = seconds -> step.gapSeconds() > seconds ? 1 : 0;
    if (!isSliding()) {
      return new Decision(ttl.decide(prefix, added, pause).setting(), 0);
    }
    HostedSetting setting = ttl.decide(prefix, added, stable, 1, pause, pause, ours()).setting();
    int reads =
        setting instanceof Lifetime(Duration life)
            ? ours().plan(prefix, stable, life, pause).reads()
            : 0;
    return new Decision(setting, reads);
  }

  private boolean isSliding() {
    return price.provider() == HostedProvider.ANTHROPIC
        || price.provider() == HostedProvider.BEDROCK;
  }

  private HostedSetting shortest() {
    return switch (price.provider()) {
      case ANTHROPIC, BEDROCK -> new Lifetime(HostedTtl.SHORT);
      case OPENAI -> new Automatic();
      case OPENAI_EXPLICIT -> new Lifetime(HostedTtl.HALF_AN_HOUR);
      case GEMINI -> new Explicit(HostedTtl.SHORT);
    };
  }

  private HostedSetting longest() {
    return switch (price.provider()) {
      case ANTHROPIC, BEDROCK -> new Lifetime(HostedTtl.LONG);
      case OPENAI -> new Lifetime(HostedTtl.DAY);
      case OPENAI_EXPLICIT -> new Lifetime(HostedTtl.HALF_AN_HOUR);
      case GEMINI -> new Explicit(HostedTtl.LONG);
    };
  }

  private static double life(HostedSetting setting) {
    return switch (setting) {
      case None() -> -1;
      case Automatic() -> BY_ITSELF_SECONDS;
      case Lifetime(Duration life) -> life.toSeconds();
      case Explicit(Duration life) -> life.toSeconds();
    };
  }

  private CacheUsage paid(HostedSetting setting, long read, long rest) {
    return switch (setting) {
      case Lifetime(Duration life) when price.provider() != HostedProvider.OPENAI ->
          life.equals(HostedTtl.LONG)
              ? new CacheUsage(0, read, 0, rest, 0)
              : new CacheUsage(0, read, rest, 0, 0);
      default -> new CacheUsage(rest, read, 0, 0, 0);
    };
  }

  /** An object is deleted when its conversation goes on in another, and lapses at its end. */
  private double storage(HostedSetting setting, long tokens, double gapSeconds) {
    if (!(setting instanceof Explicit(Duration life))) {
      return 0;
    }
    double hours = Math.min((double) life.toSeconds(), gapSeconds) / 3_600;
    return price.storage() * tokens / 1e6 * hours;
  }
}
