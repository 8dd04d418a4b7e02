package io.madeleine.memory.topic;

import java.util.Map;

/**
 * What became of an episode.
 *
 * @param topic id of the topic that holds it now
 * @param similarity cosine with the nearest topic before it came, in [-1, 1]; 0 for the very first
 * @param opened whether it opened that topic
 * @param moved episodes that changed their topic because one outgrew its bound: episode to new
 *     topic; mostly empty
 */
public record TopicAssignment(
    int topic, double similarity, boolean opened, Map<String, Integer> moved) {

  public TopicAssignment {
    moved = Map.copyOf(moved);
  }
}
