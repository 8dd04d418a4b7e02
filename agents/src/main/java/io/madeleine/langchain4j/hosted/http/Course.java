package io.madeleine.langchain4j.hosted.http;

import io.madeleine.engine.json.Json;
import io.madeleine.langchain4j.hosted.CacheUsage;
import io.madeleine.langchain4j.hosted.HostedSetting;
import io.madeleine.langchain4j.hosted.HostedSetting.Lifetime;
import io.madeleine.langchain4j.hosted.HostedTtl;
import io.madeleine.langchain4j.hosted.KeepAlive;
import java.time.Duration;
import java.util.Optional;

/** How a conversation at a provider went so far. Not thread-safe. */
final class Course {

  private static final double CHARACTERS_PER_TOKEN = 4;

  /** Anthropic looks 20 blocks back for what it has, and a round of a tool is two. */
  private static final int ROUNDS_LOOKED_BACK = 8;

  CacheUsage usage = CacheUsage.ZERO;
  int requests;
  long tokens;
  long asked;

  private long marked;
  private int roundsSinceMarked;

  int characters;
  String waitsFor = "";
  long endedNanos;
  String lastDecision = "";
  long askedNanos;
  Duration life = Duration.ZERO;
  int keepAlives;
  int sinceAsked;
  Optional<Prolonging> keepAlive = Optional.empty();

  /** The id of the memory for which it was last asked, where it is known. */
  Optional<String> memory = Optional.empty();

  private String begin = "";

  final Staying staying = new Staying();

  /** Tokens before the newest question of its last request that was answered. */
  long stayed;

  /** The same of the one that was asked last. */
  long askedBehind;

  /** For what stays of its last request; nothing where all does. */
  Optional<HostedSetting> front = Optional.empty();

  /**
   * A keep-alive that can be sent. It holds a whole prompt, so it goes with its use.
   *
   * @param body what is sent
   * @param sender to where
   */
  record Prolonging(Json body, Sender sender) {}

  /** Sends a body to where a conversation's requests go. {@return the answer} */
  interface Sender {
    Json send(Json body);
  }

  /** {@return seconds since its last request} */
  double silentSeconds(long nowNanos) {
    return (nowNanos - askedNanos) / 1e9;
  }

  /** {@return tokens in front that live for an hour from their last use, and are still found} */
  long stable(long nowNanos) {
    boolean lapsed = silentSeconds(nowNanos) > HostedTtl.LONG.toSeconds();
    return lapsed || roundsSinceMarked > ROUNDS_LOOKED_BACK ? 0 : marked;
  }

  /**
   * A request whose messages begin like this is to go out. If the last began otherwise, as behind a
   * window that slides, the provider has nothing of it, and what is known of its length is of no
   * use.
   */
  void begins(String how) {
    if (!how.equals(begin)) {
      begin = how;
      tokens = 0;
      characters = 0;
      marked = 0;
    }
  }

  /** A request of so many tokens goes out, marked to live for so long. */
  void asks(HostedSetting setting, long prefix, long nowNanos) {
    asks(setting, setting, prefix, nowNanos);
  }

  /** The same where its end lives for another time than the {@code prefix} tokens in front. */
  void asks(HostedSetting front, HostedSetting end, long prefix, long nowNanos) {
    marked = stable(nowNanos);
    roundsSinceMarked++;
    askedNanos = nowNanos;
    life = life(end);
    if (life(front).equals(HostedTtl.LONG)) {
      marked = prefix;
      roundsSinceMarked = 0;
    }
    sinceAsked = 0;
    keepAlive = Optional.empty();
  }

  private static Duration life(HostedSetting setting) {
    return setting instanceof Lifetime(Duration lifetime) ? lifetime : Duration.ZERO;
  }

  /** {@return whether this very keep-alive is still to be sent if nobody comes} */
  @SuppressWarnings("ReferenceEquality") // one of the next pause is another, though it be equal
  boolean waitsWith(Prolonging what) {
    return keepAlive.isPresent() && keepAlive.get() == what;
  }

  /** A keep-alive was answered. It prolongs the pause for which it was made, and no later one. */
  void keptAlive(Prolonging what, CacheUsage used) {
    usage = usage.plus(used);
    keepAlives++;
    if (waitsWith(what)) {
      sinceAsked++;
    }
  }

  /** {@return whether all of it would have to be written anew} */
  boolean isLapsed(long nowNanos) {
    return silentSeconds(nowNanos) > KeepAlive.livesSeconds(life, sinceAsked);
  }

  /** As many as the request before had for its length. */
  long tokensOf(int more) {
    double each =
        tokens > 0 && characters > 0 ? (double) characters / tokens : CHARACTERS_PER_TOKEN;
    return (long) (more / each);
  }
}
