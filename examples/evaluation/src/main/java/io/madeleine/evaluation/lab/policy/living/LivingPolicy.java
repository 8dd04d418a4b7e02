package io.madeleine.evaluation.lab.policy.living;

import io.madeleine.conversation.episodic.EpisodicOptions;
import io.madeleine.conversation.episodic.Progress;
import io.madeleine.conversation.episodic.blending.Blending;
import io.madeleine.conversation.episodic.closing.EpisodeCompression;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.evaluation.lab.LabCase;
import io.madeleine.evaluation.lab.LabPolicy;
import io.madeleine.memory.codec.KvCodec;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.placement.Placement;
import io.madeleine.memory.surprise.Spread;
import io.madeleine.memory.surprise.SurpriseSegmenter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Events as a conversation really has them: the dialogue is read turn by turn in a cache that never
 * holds more than the budget; what leaves is stored, and what a question needs comes back at
 * compact positions. Nothing here ever saw the whole dialogue at once.
 */
public final class LivingPolicy implements LabPolicy {

  private static final int OPEN = 40;
  private static final double RECENT_SHARE = 0.05;
  private static final SurpriseSegmenter SEGMENTER =
      new SurpriseSegmenter(1, 512, 8, OPEN, Spread.MEAN_AND_DEVIATION);

  private final String name;
  private final TurnFinder finder;
  private final EpisodeCompression compression;
  private final KvCodec codec;
  private final Blending blending;
  private @Nullable KvCache of;
  private int budget;
  private @Nullable LivingDialogue living;
  private final Optional<Topics> byTopics;
  private Optional<TopicRecall> topics = Optional.empty();
  private Optional<BitSet> held = Optional.empty();

  /**
   * How topics are told apart.
   *
   * @param tokenizer of the model
   * @param embedder gives none where it is by words
   */
  public record Topics(Tokenizer tokenizer, Supplier<Optional<Embedder>> embedder) {}

  /** What a topic keeps, and turns beside it. */
  public static LivingPolicy ofTopics(String name, TurnFinder finder, Topics topics) {
    return new LivingPolicy(
        name,
        finder,
        EpisodeCompression.NONE,
        new KvCodec.Float16(),
        Blending.NONE,
        Optional.of(topics));
  }

  /** Whole episodes, in half precision. */
  public LivingPolicy(String name, TurnFinder finder) {
    this(name, finder, Blending.NONE);
  }

  /** Whole episodes, fitted in in some way. */
  public LivingPolicy(String name, TurnFinder finder, Blending blending) {
    this(name, finder, EpisodeCompression.NONE, new KvCodec.Float16(), blending, Optional.empty());
  }

  /**
   * Named by what an episode keeps and how.
   *
   * @param compression of an episode when it closes
   * @param codec how it is written down; read back from there for every question
   */
  public LivingPolicy(TurnFinder finder, EpisodeCompression compression, KvCodec codec) {
    this(
        "events-living-%s-%d-%s"
            .formatted(compression.policy(), Math.round(100 * compression.kept()), codec.name()),
        finder,
        compression,
        codec,
        Blending.NONE,
        Optional.empty());
  }

  private LivingPolicy(
      String name,
      TurnFinder finder,
      EpisodeCompression compression,
      KvCodec codec,
      Blending blending,
      Optional<Topics> byTopics) {
    this.byTopics = byTopics;
    this.name = name;
    this.finder = finder;
    this.compression = compression;
    this.codec = codec;
    this.blending = blending;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Scope scope() {
    return Scope.QUESTION;
  }

  @Override
  public KvCache prepare(LabCase lab) {
    try {
      LivingDialogue dialogue = living(lab);
      int[] question = lab.questions().getFirst().prompt();
      recall(dialogue, lab, question, Integer.MAX_VALUE);
      held = Optional.of(dialogue.cache().held());
      KvCache fork = dialogue.cache().working().fork();
      dialogue.cache().endTurn();
      return fork;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Optional<BitSet> moved() {
    return held;
  }

  private LivingDialogue living(LabCase lab) throws IOException {
    LivingDialogue known = living;
    if (known != null && of == lab.full() && budget == lab.keptTokens()) {
      return known;
    }
    forget();
    LivingDialogue fresh = LivingDialogue.open(lab, options(lab), codec);
    if (byTopics.isPresent()) {
      topics = Optional.of(topics(byTopics.get(), fresh));
    }
    for (int turn = 0; turn < lab.reading().turns().size(); turn++) {
      int[] said = lab.reading().tokensOf(turn);
      recall(fresh, lab, said, turn);
      fresh.cache().read(said);
      List<Episode> closed = fresh.cache().endTurn();
      int now = turn;
      topics.ifPresent(heard -> heard.hear(now, said, closed));
    }
    of = lab.full();
    budget = lab.keptTokens();
    living = fresh;
    return fresh;
  }

  private static TopicRecall topics(Topics how, LivingDialogue dialogue) {
    return TopicRecall.open(
        how.tokenizer(),
        how.embedder().get(),
        dialogue.scratch().directory().resolve("topic-vectors"));
  }

  private void recall(LivingDialogue dialogue, LabCase lab, int[] said, int before) {
    List<TokenSpan> turns = found(lab, said, before);
    if (topics.isPresent()) {
      topics.get().recall(dialogue.cache(), lab, said, turns);
    } else {
      dialogue.cache().recallTurns(turns, said, Progress.UNSEEN);
    }
  }

  private EpisodicOptions options(LabCase lab) {
    int recent = (int) (lab.keptTokens() * RECENT_SHARE);
    int first = lab.reading().turns().getFirst().start();
    int recall = Math.max(0, lab.keptTokens() - recent - first);
    return new EpisodicOptions(
        recent, recall, Placement.COMPACT, SEGMENTER, KvType.F32, compression, blending);
  }

  private List<TokenSpan> found(LabCase lab, int[] said, int before) {
    return finder.ranked(lab, said, before).stream().map(lab.reading().turns()::get).toList();
  }

  @Override
  public void forget() {
    LivingDialogue known = living;
    if (known != null) {
      known.close();
    }
    living = null;
    topics = Optional.empty();
    held = Optional.empty();
    of = null;
    finder.forget();
  }
}
