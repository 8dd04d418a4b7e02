package io.madeleine.conversation.episodic.view;

import io.madeleine.memory.store.KvSpan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/** The tokens that a view keeps in some head, and how many heads keep each. */
final class SharedTokens {

  private record Token(int part, int index, int heads) {}

  private final List<TopicView.Part> parts;
  private final List<KvSpan> spans;
  private final List<Token> tokens = new ArrayList<>();

  private SharedTokens(List<TopicView.Part> parts, List<KvSpan> spans) {
    this.parts = parts;
    this.spans = spans;
    for (int part = 0; part < parts.size(); part++) {
      count(part);
    }
  }

  static SharedTokens of(List<TopicView.Part> parts, Function<TopicView.Part, KvSpan> stored) {
    return new SharedTokens(parts, parts.stream().map(stored).toList());
  }

  private void count(int part) {
    int[] heads = new int[spans.get(part).tokens()];
    int[][] slots = parts.get(part).slots();
    for (int head = 0; head < slots.length; head++) {
      int[] held = spans.get(part).tokensOf(head);
      Arrays.stream(slots[head]).forEach(slot -> heads[held[slot]]++);
    }
    for (int token = 0; token < heads.length; token++) {
      if (heads[token] > 0) {
        tokens.add(new Token(part, token, heads[token]));
      }
    }
  }

  /**
   * {@return the parts with so many tokens at most, those that most heads keep, of equals the
   * newer}
   */
  List<TopicView.Part> most(int most) {
    if (tokens.size() <= most) {
      return parts;
    }
    var kept = new BitSet[parts.size()];
    Arrays.setAll(kept, part -> new BitSet());
    tokens.reversed().stream()
        .sorted(Comparator.comparingInt(Token::heads).reversed())
        .limit(most)
        .forEach(token -> kept[token.part()].set(token.index()));
    List<TopicView.Part> left = new ArrayList<>();
    for (int part = 0; part < parts.size(); part++) {
      if (!kept[part].isEmpty()) {
        left.add(only(part, kept[part]));
      }
    }
    return left;
  }

  private TopicView.Part only(int part, BitSet kept) {
    int[][] slots = parts.get(part).slots();
    var left = new int[slots.length][];
    for (int head = 0; head < slots.length; head++) {
      int[] held = spans.get(part).tokensOf(head);
      left[head] = Arrays.stream(slots[head]).filter(slot -> kept.get(held[slot])).toArray();
    }
    return new TopicView.Part(parts.get(part).episode(), left);
  }
}
