package io.madeleine.evaluation.lab.policy.living;

import io.madeleine.conversation.episodic.EpisodicCache;
import io.madeleine.conversation.episodic.Progress;
import io.madeleine.conversation.episodic.view.TopicView;
import io.madeleine.conversation.mind.topic.TopicMap;
import io.madeleine.conversation.mind.topic.TopicVectors;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.evaluation.lab.LabCase;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.Embedder;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The topics mode of a conversation: topics of closed episodes, their views, and turns beside. */
final class TopicRecall {

  private static final ConversationKey KEY = ConversationKey.of("laboratory", "topics");
  private static final int PROMPT = 256;

  private final Tokenizer tokenizer;
  private final TopicMap topics;
  private final Map<Integer, TopicView> views = new HashMap<>();

  private TopicRecall(Tokenizer tokenizer, TopicMap topics) {
    this.tokenizer = tokenizer;
    this.topics = topics;
  }

  /**
   * @param file for vectors of the embedder
   */
  static TopicRecall open(Tokenizer tokenizer, Optional<Embedder> embedder, Path file) {
    return new TopicRecall(tokenizer, new TopicMap(TopicVectors.open(embedder, file)));
  }

  /** Hears a turn, and then of the episodes that it closed. */
  void hear(int turn, int[] said, List<Episode> closed) {
    var message = new LoggedMessage(Instant.EPOCH, new ChatMessage.User(asked(tokenizer, said)));
    topics.hear(new LoggedTurn(KEY, turn + 1L, turn, "turn " + turn, List.of(message), Map.of()));
    closed.forEach(topics::add);
  }

  void recall(EpisodicCache cache, LabCase lab, int[] said, List<TokenSpan> turns) {
    TopicView view =
        topics
            .route(asked(tokenizer, said))
            .map(topic -> view(cache, lab, topic.id()))
            .orElse(TopicView.EMPTY);
    cache.recall(view, turns, said, Progress.UNSEEN);
  }

  private TopicView view(EpisodicCache cache, LabCase lab, int topic) {
    TopicView known = views.getOrDefault(topic, TopicView.EMPTY);
    TopicView grown =
        cache.grown(known, topics.episodes(topic), () -> medoids(lab, topic), Progress.UNSEEN);
    views.put(topic, grown);
    return grown;
  }

  private int[] medoids(LabCase lab, int topic) {
    return topics.medoids(topic).stream()
        .flatMapToInt(
            episode ->
                Arrays.stream(lab.reading().tokens(), episode.span().start(), episode.span().end()))
        .limit(PROMPT)
        .toArray();
  }

  /** What the user said, without what the helper answered. */
  static String asked(Tokenizer tokenizer, int[] said) {
    String text = tokenizer.decode(said);
    int from = text.indexOf("<|user|>");
    int to = text.indexOf("<|assistant|>");
    String words = from >= 0 && to > from ? text.substring(from, to) : text;
    return words.replaceAll("<\\|[a-z]+\\|>", " ").strip();
  }
}
