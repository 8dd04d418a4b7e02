package io.madeleine.conversation.mind;

import io.madeleine.conversation.episodic.EpisodicCache;
import io.madeleine.conversation.episodic.Past;
import io.madeleine.conversation.episodic.Progress;
import io.madeleine.conversation.episodic.view.TopicView;
import io.madeleine.conversation.mind.line.TokenLine;
import io.madeleine.conversation.mind.line.TurnBoundaries;
import io.madeleine.conversation.mind.line.TurnPlaces;
import io.madeleine.conversation.mind.line.TurnWords;
import io.madeleine.conversation.mind.topic.TopicMap;
import io.madeleine.conversation.mind.topic.TopicVectors;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.episode.EpisodeList;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.identity.ConversationKey;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is in memory while a conversation is in use. One thread at a time.
 *
 * @param cache keys and values
 * @param line tokens as they were read and written
 * @param words what the template adds around a turn
 * @param prefixTokens that stand before the first turn
 * @param places where the log's turns stand in the line
 * @param boundaries turns that open episodes
 * @param topics of the episodes
 * @param views of topics that were asked for
 */
record OpenMind(
    EpisodicCache cache,
    TokenLine line,
    TurnWords words,
    int prefixTokens,
    TurnPlaces places,
    TurnBoundaries boundaries,
    TopicMap topics,
    Map<Integer, TopicView> views)
    implements AutoCloseable {

  /** Opens what is stored, and catches up with the log. */
  static OpenMind open(
      ConversationKey key,
      List<ChatMessage> instruction,
      EpisodicConversations home,
      Progress progress)
      throws IOException {
    var words = new TurnWords(home.model().words(), instruction);
    int[] prefix = words.prefix();
    List<LoggedTurn> turns = home.log().turns(key);
    TokenLine line = lineOf(key, turns, home);
    // Before the line grows: episodes of a turn that was not said lie where the next one belongs.
    EpisodeList listed = home.episodes(key, prefix.length, line);
    catchUp(turns, words, line);
    var topics = new TopicMap(TopicVectors.open(home.embedder(), home.files(key).topicVectors()));
    var boundaries = new TurnBoundaries();
    var heard = new PastTurns(turns, line, boundaries);
    Past past = Past.of(line.tokens(), line.starts()).heardBy(heard);
    EpisodicCache cache = home.cache(key, prefix, past, listed, progress);
    var mind =
        new OpenMind(
            cache,
            line,
            words,
            prefix.length,
            new TurnPlaces(),
            boundaries,
            topics,
            new HashMap<>());
    boolean opened = false;
    try {
      heard.over();
      mind.recapitulate(turns, progress);
      opened = true;
    } finally {
      if (!opened) {
        mind.close();
      }
    }
    return mind;
  }

  /**
   * What a broken off erasure or another vocabulary left behind goes, whole: episodes have seen
   * what was erased, and their places and ids are those of the tokens.
   */
  private static TokenLine lineOf(
      ConversationKey key, List<LoggedTurn> turns, EpisodicConversations home) throws IOException {
    long[] sequences = turns.stream().mapToLong(LoggedTurn::sequence).toArray();
    String spelling = home.model().words().fingerprint();
    MindFiles files = home.files(key);
    TokenLine line = TokenLine.open(files.tokens(), spelling, sequences);
    boolean episodesOfNobody = line.turns() == 0 && Files.exists(files.episodes());
    if (!line.heldOthers() && !episodesOfNobody) {
      return line;
    }
    home.deleteStored(key, /* told= */ false);
    return TokenLine.open(files.tokens(), spelling, sequences);
  }

  /** Finds the places and topics of what was said before. */
  private void recapitulate(List<LoggedTurn> turns, Progress progress) {
    List<Episode> episodes = cache.episodes();
    Runnable meanwhile = () -> progress.reached(cache.length(), cache.length());
    int next = 0;
    for (int place = 0; place < turns.size(); place++) {
      LoggedTurn turn = turns.get(place);
      places.add(turn);
      topics.hear(turn);
      while (next < episodes.size() && episodes.get(next).lastTurn() <= place) {
        topics.add(episodes.get(next++), meanwhile);
      }
    }
  }

  /**
   * Takes a turn that is in the log to memory: its tokens first, for the episodes are cut out of
   * them. If it throws this mind is to be closed; opened again, it has caught up.
   *
   * @return the episodes that the turn ended
   */
  List<Episode> remember(LoggedTurn turn, TokenLine.TurnTokens tokens) throws IOException {
    line.append(turn.sequence(), tokens);
    if (boundaries.add(turn, tokens).isPresent()) {
      cache.opensEpisode();
    }
    places.add(turn);
    topics.hear(turn);
    List<Episode> closed = cache.endTurn();
    closed.forEach(topics::add);
    return closed;
  }

  /**
   * Spells turns that are in the log and whose tokens were not written down: they were said
   * elsewhere, or before a crash. How much they surprise the model is written down as it reads
   * them.
   */
  private static void catchUp(List<LoggedTurn> turns, TurnWords words, TokenLine line)
      throws IOException {
    for (LoggedTurn turn : turns.subList(line.turns(), turns.size())) {
      int[] tokens = words.whole(line.turns() == 0, bodies(turn));
      line.append(turn.sequence(), new TokenLine.TurnTokens(tokens, new float[tokens.length]));
    }
  }

  /**
   * {@return tokens that would be read again to open it: those before the first turn, and those of
   * the episode that is still open}
   */
  int tokensToOpen() {
    List<Episode> episodes = cache.episodes();
    int told = episodes.isEmpty() ? prefixTokens : episodes.getLast().span().end();
    return prefixTokens + cache.length() - told;
  }

  /** {@return the ids at some positions of the conversation, counted from the prefix on} */
  int[] tokens(TokenSpan span) {
    return Arrays.copyOfRange(
        line.tokens(), span.start() - prefixTokens, span.end() - prefixTokens);
  }

  private static List<ChatMessage> bodies(LoggedTurn turn) {
    return turn.messages().stream().map(message -> message.body()).toList();
  }

  @Override
  public void close() {
    cache.close();
  }
}
