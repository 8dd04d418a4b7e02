package io.madeleine.langchain4j.hosted;

import java.time.Duration;

/** What a provider is told about a prompt's cache. */
public sealed interface HostedSetting {

  /** Nothing is to be written. */
  record None() implements HostedSetting {}

  /** Whatever the provider does by itself, helped by a key that keeps a conversation together. */
  record Automatic() implements HostedSetting {}

  /**
   * A lifetime that the provider offers, from the last use on.
   *
   * @param lifetime 5 minutes, 30 minutes, an hour or a day
   */
  record Lifetime(Duration lifetime) implements HostedSetting {}

  /**
   * An object that we make, prolong and delete.
   *
   * @param lifetime until when it is paid for if nobody comes back
   */
  record Explicit(Duration lifetime) implements HostedSetting {}
}
