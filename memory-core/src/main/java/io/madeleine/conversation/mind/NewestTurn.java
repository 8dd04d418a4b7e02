package io.madeleine.conversation.mind;

import io.madeleine.conversation.mind.line.TokenLine;
import io.madeleine.conversation.mind.topic.TopicVectors;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.episode.EpisodeList;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.store.SpanId;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * What is derived from the newest turn of a conversation. Nothing before it ever saw it, so that it
 * goes alone, and the model need not read again what was said before.
 */
final class NewestTurn {

  private static final System.Logger LOG = System.getLogger(NewestTurn.class.getName());

  private NewestTurn() {}

  /**
   * Deletes what was stored of a turn that the log has erased, in a conversation that nobody has
   * open.
   *
   * @return whether it was the newest one, and nothing of it is left; if not, all that is stored of
   *     the conversation has to go
   */
  static boolean delete(EpisodicConversations home, ConversationKey key, long sequence) {
    long[] said = home.log().turns(key).stream().mapToLong(LoggedTurn::sequence).toArray();
    if (said.length == 0 || said[said.length - 1] > sequence) {
      return false;
    }
    try {
      long[] before = LongStream.concat(LongStream.of(said), LongStream.of(sequence)).toArray();
      String spelling = home.model().words().fingerprint();
      TokenLine line = TokenLine.open(home.files(key).tokens(), spelling, before);
      if (line.heldOthers()) {
        return false;
      }
      int kept = Math.min(line.turns(), said.length);
      if (kept == 0) {
        return false;
      }
      keepUpTo(line.starts()[kept], home, key);
      if (kept < line.turns()) {
        line.dropLast(); // last: until then a line of others tells that an erasure was broken off
      }
      return true;
    } catch (IOException | RuntimeException e) {
      LOG.log(
          Level.WARNING,
          () -> "all that is derived of conversation '%s' goes".formatted(key.id()),
          e);
      return false;
    }
  }

  /** An episode that ends in the turn goes whole: what it holds of earlier turns is read again. */
  private static void keepUpTo(int tokens, EpisodicConversations home, ConversationKey key)
      throws IOException {
    EpisodeList episodes = EpisodeList.open(home.files(key).episodes(), /* prefixTokens= */ 0);
    List<Episode> all = episodes.all();
    Set<String> stay =
        all.stream()
            .filter(episode -> episode.span().end() <= tokens)
            .map(Episode::id)
            .collect(Collectors.toSet());
    TopicVectors.keepOnly(home.embedder(), home.files(key).topicVectors(), stay);
    episodes.keepUpTo(tokens, gone -> home.tiers(key.tenant()).remove(new SpanId(gone)));
  }
}
