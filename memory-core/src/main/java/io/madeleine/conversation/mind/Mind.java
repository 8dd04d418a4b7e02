package io.madeleine.conversation.mind;

import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.segmentation.Boundary;
import io.madeleine.memory.topic.Topic;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a conversation has in mind: its tokens with their surprisal, and its episodes. Immutable.
 */
public final class Mind {

  private final int[] starts;
  private final int[] tokens;
  private final float[] nats;
  private final int prefixTokens;
  private final List<Episode> episodes;
  private final Optional<EpisodicTurn> last;
  private final Map<Integer, Boundary> boundaries;
  private final Map<String, Topic> topics;

  private Mind(
      int[] starts,
      int[] tokens,
      float[] nats,
      int prefixTokens,
      List<Episode> episodes,
      Optional<EpisodicTurn> last,
      Map<Integer, Boundary> boundaries,
      Map<String, Topic> topics) {
    this.starts = starts;
    this.tokens = tokens;
    this.nats = nats;
    this.prefixTokens = prefixTokens;
    this.episodes = List.copyOf(episodes);
    this.last = last;
    this.boundaries = Map.copyOf(boundaries);
    this.topics = Map.copyOf(topics);
  }

  static Mind of(OpenMind open, Optional<EpisodicTurn> last) {
    return new Mind(
        open.line().starts(),
        open.line().tokens(),
        open.line().nats(),
        open.prefixTokens(),
        open.cache().episodes(),
        last,
        open.boundaries().all(),
        open.topics().all());
  }

  /** {@return the number of turns} */
  public int turns() {
    return starts.length - 1;
  }

  /** {@return the tokens of all turns, without the prefix} */
  public int tokens() {
    return tokens.length;
  }

  /**
   * {@return tokens that stand before the first turn; episodes count their positions from there}
   */
  public int prefixTokens() {
    return prefixTokens;
  }

  /** {@return the id of token {@code index}, from 0 at the first turn} */
  public int token(int index) {
    return tokens[index];
  }

  /** {@return the surprisal of token {@code index} in nats; 0 where it was not observed} */
  public float nats(int index) {
    return nats[index];
  }

  /** {@return the index of the first token of a turn} */
  public int startOfTurn(int turn) {
    return starts[turn];
  }

  /** {@return the closed episodes, oldest first} */
  public List<Episode> episodes() {
    return episodes;
  }

  /** {@return the last turn since the conversation was opened} */
  public Optional<EpisodicTurn> lastTurn() {
    return last;
  }

  /** {@return why an episode ended before this turn; empty if none had to} */
  public Optional<Boundary> boundaryBefore(int turn) {
    return Optional.ofNullable(boundaries.get(turn));
  }

  /** {@return the topic of an episode} */
  public Optional<Topic> topicOf(Episode episode) {
    return Optional.ofNullable(topics.get(episode.id()));
  }
}
