package io.madeleine.server.memory;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What goes out as JSON. */
final class Views {

  private Views() {}

  /** A conversation in a list. */
  record ConversationView(String id, int turns, @Nullable Instant last) {}

  /** A turn. */
  record TurnView(int index, String id, List<MessageView> messages) {}

  /** A message. */
  record MessageView(String role, String speaker, String text, Instant at) {}

  /** What a conversation has in mind. */
  record MindView(
      String conversation,
      int turns,
      int prefixTokens,
      SurpriseView surprise,
      List<EpisodeView> episodes,
      @Nullable TurnReport lastTurn,
      @Nullable MemoryView memory) {}

  /** Surprisal of the last tokens; {@code from} is the index of the first of them. */
  record SurpriseView(int from, List<TokenView> tokens, List<BoundaryView> boundaries) {}

  /** A token and its surprisal in nats. */
  record TokenView(String text, float nats, int turn) {}

  /** Where an episode begins, and why. */
  record BoundaryView(int at, int turn, List<String> reasons) {}

  /** An episode. */
  record EpisodeView(
      String id,
      TopicView topic,
      int firstTurn,
      int lastTurn,
      int firstToken,
      int endToken,
      int tokens,
      int keptTokens,
      long bytesKept,
      long bytesFull,
      String tier,
      @Nullable LeaseView lease) {}

  /** A topic. */
  record TopicView(int id, String label) {}

  /** A lease on a cache. */
  record LeaseView(double secondsLeft, String why) {}

  /** What the last turn cost. */
  record TurnReport(
      int prefilled,
      int saved,
      double ttftMs,
      double rereadMs,
      long kvBytes,
      long kvBytesFull,
      List<RecalledView> recalled) {}

  /** What came back, and from which tier. */
  record RecalledView(
      String episode, String text, List<String> reasons, String tier, double score) {}

  /** What memory is used, by everybody. */
  record MemoryView(long ramBytes, long ramBudget, long diskBytes, long diskBudget) {}

  /** An episode in full; {@code keptPerHead} counts its tokens in each KV head of each layer. */
  record EpisodeDetail(
      String id, List<TurnView> turns, List<KeptToken> tokens, List<List<Integer>> keptPerHead) {}

  /** A token, and whether something of it is kept. */
  record KeptToken(String text, boolean kept) {}

  /** What was erased. */
  record ReceiptView(Instant at, List<ErasedView> erased) {}

  /** What was erased in one place. */
  record ErasedView(String where, String what) {}

  /** What came back for a question, in the order in which it was said. */
  record RecallView(int tokens, int budget, List<ExcerptView> excerpts) {}

  /** A turn that came back, and why. */
  record ExcerptView(TurnView turn, double score, List<String> reasons) {}

  /** What was imported; {@code passedOver} turns were there already. */
  record ImportView(int turns, int passedOver, List<String> conversations) {}

  /** The server; {@code contextTokens} are the most of an answer from messages and its prompt. */
  record StatusView(
      String model,
      String tenant,
      @Nullable String store,
      int contextTokens,
      @Nullable MemoryView memory) {}
}
