// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.dialogue;

import java.util.List;
import java.util.Optional;

/**
 * One exchange.
 *
 * @param user what the user says
 * @param reply what the helper says
 * @param topic what it is about
 * @param segment which run of turns on one topic it belongs to, from 0
 * @param tool the tool call in between
 * @param session the heading of a session that begins here
 */
public record Turn(
    String user,
    List<Part> reply,
    String topic,
    int segment,
    Optional<ToolUse> tool,
    Optional<String> session) {

  /**
   * A tool call and its result.
   *
   * @param call name and argument, such as {@code weather(Oslo)}
   * @param result what came back
   */
  public record ToolUse(String call, String result) {}

  public Turn {
    reply = List.copyOf(reply);
  }

  static Turn of(String user, List<Part> reply, String topic, int segment) {
    return new Turn(user, reply, topic, segment, Optional.empty(), Optional.empty());
  }
}
