package io.madeleine.conversation.episodic.view;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/** The tokens that a view keeps in some head, and how many heads keep each. */
final class SharedTokens {

  private record Token(int part, int index, int heads) {}

  private final List<TopicView.Part> parts;
  private final List<Token> tokens = new ArrayList<>();

  SharedTokens(List<TopicView.Part> parts) {
    this.parts = parts;
    for (int part = 0; part < parts.size(); part++) {
      count(part);
    }
  }

  private void count(int part) {
    int[] heads = new int[parts.get(part).episode().span().length()];
    for (int[] kept : parts.get(part).tokens()) {
      Arrays.stream(kept).forEach(token -> heads[token]++);
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
    int[][] all = parts.get(part).tokens();
    var left = new int[all.length][];
    for (int head = 0; head < all.length; head++) {
      left[head] = Arrays.stream(all[head]).filter(kept::get).toArray();
    }
    return new TopicView.Part(parts.get(part).episode(), left);
  }
}
