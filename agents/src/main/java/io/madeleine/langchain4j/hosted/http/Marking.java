package io.madeleine.langchain4j.hosted.http;

import io.madeleine.langchain4j.hosted.HostedSetting;
import io.madeleine.langchain4j.hosted.http.Staying.Extent;

/**
 * What a request is marked with.
 *
 * @param front for the tools, the instruction and the history
 * @param end for the end of the newest message; not for longer than {@code front} where that has a
 *     life
 * @param extent what the next question finds again
 */
record Marking(HostedSetting front, HostedSetting end, Extent extent) {

  /** {@return one setting for all of a conversation that grows} */
  static Marking of(HostedSetting setting) {
    return new Marking(setting, setting, Extent.ALL);
  }
}
