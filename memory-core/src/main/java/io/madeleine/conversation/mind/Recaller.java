package io.madeleine.conversation.mind;

import io.madeleine.conversation.episodic.Progress;
import io.madeleine.conversation.episodic.Recalled;
import io.madeleine.conversation.episodic.view.TopicView;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.retrieval.RankedTurn;
import io.madeleine.memory.tier.Tier;
import io.madeleine.memory.topic.Topic;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Brings back what a question needs, in one of the modes, and says why. Thread-safe. */
final class Recaller {

  private static final int PROMPT = 256;

  private final EpisodicConversations home;
  private final Recollector recollector;
  private final RecallMode mode;
  private final Costs costs;

  Recaller(EpisodicConversations home, Recollector recollector, RecallMode mode, Costs costs) {
    this.home = home;
    this.recollector = recollector;
    this.mode = mode;
    this.costs = costs;
  }

  /**
   * @param asked the question as the model's tokens
   * @param meanwhile runs while an embedder is waited for, and ends that by what it throws
   * @param progress watches what has to be read for it, and ends that by what it throws
   */
  Recollection recall(
      ConversationKey key,
      OpenMind now,
      String question,
      int[] asked,
      Runnable meanwhile,
      Progress progress) {
    return switch (mode) {
      case EVENTS -> events(now, found(key, now, question), asked, "the best turns", progress);
      case TEXT ->
          text(now, found(key, now, question), asked, "the best turns, read again", progress);
      case TOPICS -> topics(key, now, question, asked, meanwhile, progress);
      case AUTO -> cheaper(key, now, found(key, now, question), asked, progress);
    };
  }

  private Map<Episode, RankedTurn> found(ConversationKey key, OpenMind now, String question) {
    return recollector.find(key, question, now);
  }

  private Recollection events(
      OpenMind now, Map<Episode, RankedTurn> wanted, int[] asked, String why, Progress progress) {
    long began = System.nanoTime();
    List<TokenSpan> turns = List.copyOf(turnsOf(now, wanted).values());
    Recalled recalled = now.cache().recallTurns(turns, asked, progress);
    costs.recalled(recalled, System.nanoTime() - began);
    return new Recollection(RecallMode.EVENTS, why, recalled, because(recalled, wanted));
  }

  private static List<RecalledEpisode> because(Recalled recalled, Map<Episode, RankedTurn> wanted) {
    List<RecalledEpisode> episodes = new ArrayList<>();
    for (Recalled.Piece piece : recalled.pieces()) {
      RankedTurn best = wanted.get(piece.episode());
      if (best != null) {
        episodes.add(new RecalledEpisode(piece.episode(), best, piece.from()));
      }
    }
    return episodes;
  }

  private Recollection text(
      OpenMind now, Map<Episode, RankedTurn> wanted, int[] asked, String why, Progress progress) {
    List<TokenSpan> turns = List.copyOf(turnsOf(now, wanted).values());
    Recalled recalled = now.cache().reread(turns, asked, progress);
    costs.fade();
    return new Recollection(RecallMode.TEXT, why, recalled, because(recalled, wanted));
  }

  /** The turns of the wanted episodes, the best one's first, each where it stands. */
  private Map<Integer, TokenSpan> turnsOf(OpenMind now, Map<Episode, RankedTurn> wanted) {
    int[] starts = now.line().starts();
    Map<Integer, TokenSpan> turns = new LinkedHashMap<>();
    for (RankedTurn found : new java.util.LinkedHashSet<>(wanted.values())) {
      OptionalInt place = now.places().of(found.sequence());
      if (place.isPresent()) {
        int turn = place.getAsInt();
        turns.put(
            turn,
            new TokenSpan(
                now.prefixTokens() + starts[turn], now.prefixTokens() + starts[turn + 1]));
      }
    }
    return turns;
  }

  private Recollection cheaper(
      ConversationKey key,
      OpenMind now,
      Map<Episode, RankedTurn> wanted,
      int[] asked,
      Progress progress) {
    double placing = 0;
    int room = now.cache().recallTokens();
    int tokens = 0;
    for (Episode episode : wanted.keySet()) {
      if (tokens + episode.kept() <= room) {
        Tier from = home.tierOf(key.tenant(), episode);
        placing +=
            from == Tier.REBUILT
                ? costs.reading(now.cache().tokensToRead(episode))
                : costs.placing(from, episode.kept());
        tokens += episode.kept();
      }
    }
    int excerpts = turnsOf(now, wanted).values().stream().mapToInt(TokenSpan::length).sum();
    double reading = costs.reading(Math.min(room, excerpts));
    String why =
        "about %.1f ms to place episodes, %.1f ms to read their turns again"
            .formatted(placing / 1e6, reading / 1e6);
    return placing <= reading
        ? events(now, wanted, asked, why, progress)
        : text(now, wanted, asked, why, progress);
  }

  private Recollection topics(
      ConversationKey key,
      OpenMind now,
      String question,
      int[] asked,
      Runnable meanwhile,
      Progress progress) {
    Optional<Topic> topic = now.topics().route(question, meanwhile);
    TopicView view = topic.map(found -> view(now, found.id(), progress)).orElse(TopicView.EMPTY);
    Map<Episode, RankedTurn> best = found(key, now, question);
    long began = System.nanoTime();
    List<TokenSpan> turns = List.copyOf(turnsOf(now, best).values());
    Recalled recalled = now.cache().recall(view, turns, asked, progress);
    costs.recalled(recalled, System.nanoTime() - began);
    String why =
        topic
            .map(found -> "the topic '%s', and the best turns".formatted(found.label()))
            .orElse("the best turns: there is no topic yet");
    List<RecalledEpisode> episodes = new ArrayList<>();
    for (Recalled.Piece piece : recalled.pieces()) {
      RankedTurn because =
          best.getOrDefault(
              piece.episode(),
              new RankedTurn(now.topics().sequence(piece.episode()), 0, List.of()));
      episodes.add(new RecalledEpisode(piece.episode(), because, piece.from()));
    }
    return new Recollection(RecallMode.TOPICS, why, recalled, episodes);
  }

  private static TopicView view(OpenMind now, int topic, Progress progress) {
    TopicView known = now.views().getOrDefault(topic, TopicView.EMPTY);
    TopicView grown =
        now.cache().grown(known, now.topics().episodes(topic), () -> prompt(now, topic), progress);
    now.views().put(topic, grown);
    return grown;
  }

  private static int[] prompt(OpenMind now, int topic) {
    int[] said = now.line().tokens();
    return now.topics().medoids(topic).stream()
        .flatMapToInt(
            episode ->
                Arrays.stream(
                    said,
                    episode.span().start() - now.prefixTokens(),
                    episode.span().end() - now.prefixTokens()))
        .limit(PROMPT)
        .toArray();
  }
}
