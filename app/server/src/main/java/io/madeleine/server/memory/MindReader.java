package io.madeleine.server.memory;

import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.conversation.mind.EpisodicTurn;
import io.madeleine.conversation.mind.Mind;
import io.madeleine.conversation.mind.RecalledEpisode;
import io.madeleine.conversation.mind.line.KeptTokens;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.segmentation.Signal;
import io.madeleine.memory.tier.Tier;
import io.madeleine.server.memory.Views.BoundaryView;
import io.madeleine.server.memory.Views.EpisodeDetail;
import io.madeleine.server.memory.Views.EpisodeView;
import io.madeleine.server.memory.Views.KeptToken;
import io.madeleine.server.memory.Views.LeaseView;
import io.madeleine.server.memory.Views.MemoryView;
import io.madeleine.server.memory.Views.MindView;
import io.madeleine.server.memory.Views.RecalledView;
import io.madeleine.server.memory.Views.SurpriseView;
import io.madeleine.server.memory.Views.TokenView;
import io.madeleine.server.memory.Views.TopicView;
import io.madeleine.server.memory.Views.TurnReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Reads a conversation's mind for the page. */
final class MindReader {

  /** Tokens that the surprise line shows at most. */
  private static final int SHOWN = 4_000;

  private final EpisodicConversations conversations;
  private final TurnLog log;
  private final Tokenizer tokenizer;
  private final KvShape shape;
  private final Completions completions;
  private final boolean alone;

  /**
   * @param alone whether there is one tenant, who may see what all of it takes
   */
  MindReader(
      EpisodicConversations conversations,
      TurnLog log,
      Tokenizer tokenizer,
      KvShape shape,
      Completions completions,
      boolean alone) {
    this.alone = alone;
    this.conversations = conversations;
    this.completions = completions;
    this.log = log;
    this.tokenizer = tokenizer;
    this.shape = shape;
  }

  MindView read(ConversationKey key, Mind mind) {
    return new MindView(
        key.id(),
        mind.turns(),
        mind.prefixTokens(),
        surprise(mind),
        episodes(key, mind),
        mind.lastTurn().map(this::report).orElse(null),
        memory());
  }

  private List<EpisodeView> episodes(ConversationKey key, Mind mind) {
    LeaseView lease = lease(key);
    return mind.episodes().stream()
        .map(episode -> view(key.tenant(), episode, mind, lease))
        .toList();
  }

  /**
   * {@return what memory is used; null where there are several tenants, for it is that of all of
   * them}
   */
  @Nullable MemoryView memory() {
    if (!alone) {
      return null;
    }
    return new MemoryView(
        conversations.memoryBytes(),
        conversations.memoryBudget(),
        conversations.diskBytes(),
        conversations.diskBudget());
  }

  Optional<EpisodeDetail> episode(ConversationKey key, Mind mind, String id) {
    return mind.episodes().stream()
        .filter(episode -> episode.id().equals(id))
        .findFirst()
        .map(episode -> detail(key, mind, episode));
  }

  private EpisodeDetail detail(ConversationKey key, Mind mind, Episode episode) {
    KeptTokens kept = conversations.conversation(key, List.of()).kept(episode);
    int first = episode.span().start() - mind.prefixTokens();
    var tokens = new ArrayList<KeptToken>();
    for (int i = 0; i < kept.length(); i++) {
      tokens.add(new KeptToken(text(mind, first + i), kept.holders(i) > 0));
    }
    return new EpisodeDetail(
        episode.id(),
        turnsOf(key, episode).stream().map(TurnViews::of).toList(),
        tokens,
        perHead(kept));
  }

  /** Episodes count turns by their places, without the gaps that forgotten ones leave. */
  private List<LoggedTurn> turnsOf(ConversationKey key, Episode episode) {
    return log.turns(key, episode.firstTurn(), episode.lastTurn() + 1);
  }

  private static List<List<Integer>> perHead(KeptTokens kept) {
    return IntStream.range(0, kept.layers())
        .mapToObj(
            layer ->
                IntStream.range(0, kept.kvHeads())
                    .mapToObj(head -> kept.tokens(layer, head))
                    .toList())
        .toList();
  }

  private SurpriseView surprise(Mind mind) {
    int from = Math.max(0, mind.tokens() - SHOWN);
    var tokens = new ArrayList<TokenView>();
    int turn = 0;
    for (int i = from; i < mind.tokens(); i++) {
      while (mind.startOfTurn(turn + 1) <= i) {
        turn++;
      }
      tokens.add(new TokenView(text(mind, i), mind.nats(i), turn));
    }
    return new SurpriseView(from, tokens, boundaries(mind));
  }

  private static List<BoundaryView> boundaries(Mind mind) {
    var boundaries = new ArrayList<BoundaryView>();
    int turn = 0;
    for (Episode episode : mind.episodes()) { // in the order of time, and so are the turns
      int at = episode.span().end() - mind.prefixTokens();
      if (at < mind.tokens()) {
        while (turn + 1 < mind.turns() && mind.startOfTurn(turn + 1) <= at) {
          turn++;
        }
        boundaries.add(new BoundaryView(at, turn, why(mind, at, turn)));
      }
    }
    return boundaries;
  }

  /** A turn that opens an episode says so itself; elsewhere the model was surprised. */
  private static List<String> why(Mind mind, int at, int turn) {
    if (mind.startOfTurn(turn) == at && mind.boundaryBefore(turn).isPresent()) {
      return mind.boundaryBefore(turn).orElseThrow().reasons().entrySet().stream()
          .filter(reason -> reason.getValue() > 0)
          .sorted(Map.Entry.<Signal, Double>comparingByValue().reversed())
          .limit(3)
          .map(reason -> reason.getKey().name().toLowerCase(Locale.ROOT).replace('_', ' '))
          .toList();
    }
    return List.of(
        mind.nats(at) > 0
            ? String.format(Locale.ROOT, "a token surprised the model by %.1f nats", mind.nats(at))
            : "a token surprised the model"); // the first of what was read at once: by how much,
    // nobody saw
  }

  private static TopicView topic(Mind mind, Episode episode) {
    return mind.topicOf(episode)
        .map(
            topic ->
                new TopicView(
                    topic.id(),
                    topic.label().isEmpty() ? "topic " + (topic.id() + 1) : topic.label()))
        .orElse(new TopicView(0, "episode"));
  }

  private EpisodeView view(Tenant tenant, Episode episode, Mind mind, @Nullable LeaseView lease) {
    int tokens = episode.span().length();
    return new EpisodeView(
        episode.id(),
        topic(mind, episode),
        episode.firstTurn(),
        episode.lastTurn(),
        episode.span().start() - mind.prefixTokens(),
        episode.span().end() - mind.prefixTokens(),
        tokens,
        episode.kept(),
        shape.bytes(episode.kept(), KvType.F16),
        shape.bytes(tokens, KvType.F32),
        word(conversations.tierOf(tenant, episode)),
        lease);
  }

  /** A tool runs for this conversation: its cache is pinned, and its episodes with it. */
  private @Nullable LeaseView lease(ConversationKey key) {
    return completions
        .pauses()
        .waiting(key)
        .filter(pause -> pause.secondsLeft() > 0)
        .map(pause -> new LeaseView(pause.secondsLeft(), pause.why()))
        .orElse(null);
  }

  /** {@return the page's word for where it is} */
  private static String word(Tier tier) {
    return switch (tier) {
      case HOT -> "RAM";
      case WARM -> "COMPRESSED";
      case COLD -> "DISK";
      case REBUILT -> "LOG";
    };
  }

  private TurnReport report(EpisodicTurn turn) {
    return new TurnReport(
        turn.read(),
        turn.saved(),
        turn.toFirstToken().toNanos() / 1e6,
        turn.rereading().toNanos() / 1e6,
        turn.kvBytes(),
        turn.kvBytesFull(),
        turn.recalled().stream().map(this::view).toList());
  }

  private RecalledView view(RecalledEpisode recalled) {
    String text =
        log.turn(recalled.because().sequence())
            .map(TurnViews::oneLine)
            .orElse("a turn that was erased");
    return new RecalledView(
        recalled.episode().id(),
        text,
        recalled.because().reasons().stream()
            .map(why -> why.name().toLowerCase(Locale.ROOT))
            .toList(),
        word(recalled.from()),
        recalled.because().score());
  }

  private String text(Mind mind, int index) {
    int id = mind.token(index);
    String text = tokenizer.decode(new int[] {id});
    return text.isEmpty() ? tokenizer.vocabulary().pieces().get(id) : text;
  }
}
