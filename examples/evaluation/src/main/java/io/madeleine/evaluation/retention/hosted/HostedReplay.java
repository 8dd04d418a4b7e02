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
import io.madeleine.langchain4j.hosted.PriceSheet.Price;
import io.madeleine.memory.retention.GapRecorder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What sessions cost under a provider's rules. A prefix that was written can be read until its life
 * is over, counted from its last use; what is behind the longest such prefix is paid for. An arm
 * decides once a request, before it is known whether its answer calls a tool; only Gemini's objects
 * can be told afterwards.
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
    /** {@link HostedTtl}, by the pauses that this run saw so far. */
    OURS,
    /** Knows the pause that comes. */
    ORACLE
  }

  private static final int ENOUGH = 30;
  private static final double BY_ITSELF_SECONDS = 480;

  private final Price price;
  private final Arm arm;
  private final HostedTtl ttl;
  private final GapRecorder gaps = new GapRecorder();
  private double answers = 10;
  private double lasts = 1;

  /** A prefix in the provider's cache. */
  private record Entry(long tokens, double lifeSeconds, double usedAt) {
    boolean lives(double now) {
      return now - usedAt <= lifeSeconds;
    }
  }

  HostedReplay(Price price, Arm arm) {
    this.price = price;
    this.arm = arm;
    this.ttl = new HostedTtl(price, /* mayKeepForADay= */ true);
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
    List<Entry> entries = List.of();
    for (Step step : session.steps()) {
      tokens += step.added();
      double at = now;
      long read =
          entries.stream()
              .filter(entry -> entry.lives(at))
              .mapToLong(Entry::tokens)
              .max()
              .orElse(0);
      HostedSetting setting = decide(step, tokens, tokens - read);
      double life = life(setting);
      dollars += price.dollars(paid(setting, read, tokens - read));
      dollars += storage(setting, tokens, step.gapSeconds());
      var kept = new ArrayList<Entry>();
      for (Entry entry : entries) {
        if (entry.lives(at) && entry.tokens() == read) {
          kept.add(new Entry(read, entry.lifeSeconds(), at));
        }
      }
      kept.add(new Entry(tokens, life, at));
      entries = kept;
      now += step.gapSeconds();
    }
    // Learned when a session is over: every request would mean sorting thousands of pauses anew.
    session.steps().forEach(this::learn);
    return dollars;
  }

  private void learn(Step step) {
    gaps.returned(
        step.last() ? "person" : "tools",
        step.gapSeconds(),
        step.gapSeconds(),
        /* failed= */ false);
    answers++;
    lasts += step.last() ? 1 : 0;
  }

  private HostedSetting decide(Step step, long prefix, long added) {
    return switch (arm) {
      case NONE -> new None();
      case SHORT -> shortest();
      case LONG -> longest();
      case OURS -> ttl.decide(prefix, Math.max(1, added), odds(step)).setting();
      case ORACLE ->
          ttl.decide(prefix, Math.max(1, added), s -> step.gapSeconds() > s ? 1 : 0).setting();
    };
  }

  /** Gemini's objects are prolonged after the answer, when it is known who speaks next. */
  private GapOdds odds(Step step) {
    GapOdds people = GapOdds.recorded(gaps, "person", ENOUGH, GapOdds.PEOPLE);
    GapOdds tools = GapOdds.recorded(gaps, "tools", ENOUGH, GapOdds.TOOLS);
    if (price.provider() == HostedProvider.GEMINI) {
      return step.last() ? people : tools;
    }
    return GapOdds.mixed(lasts / answers, people, tools);
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
