package io.madeleine.engine.token;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Texts that share their first letters, so that one walk from a place in a long text meets all that
 * begin there, however many there are. Built once, then only read.
 */
public final class TextTrie {

  /** A letter of the texts; a text ends here if {@code id} is not −1. */
  private static final class Node {
    final Map<Character, Node> next = new HashMap<>(2);
    int id = -1;
  }

  private final Node root = new Node();

  /** Adds a text that is not empty; of two equal ones the first stays. */
  public void add(String text, int id) {
    Node node = root;
    for (int i = 0; i < text.length(); i++) {
      node = node.next.computeIfAbsent(text.charAt(i), c -> new Node());
    }
    if (node.id < 0) {
      node.id = id;
    }
  }

  /** {@return whether any of the texts stands at {@code start}} */
  public boolean beginsAt(String text, int start) {
    @Nullable Node node = after(root, text, start);
    for (int end = start + 1; node != null; end++) {
      if (node.id >= 0) {
        return true;
      }
      node = after(node, text, end);
    }
    return false;
  }

  /**
   * {@return the id of the text of {@code length} that stands at {@code start}; −1 if none does}
   */
  public int at(String text, int start, int length) {
    @Nullable Node node = root;
    for (int at = start; node != null && at < start + length; at++) {
      node = after(node, text, at);
    }
    return node == null ? -1 : node.id;
  }

  /** {@return the lengths of all that stand anywhere in {@code text}} */
  public BitSet lengthsIn(String text) {
    var lengths = new BitSet();
    for (int start = 0; start < text.length(); start++) {
      @Nullable Node node = after(root, text, start);
      for (int end = start + 1; node != null; end++) {
        if (node.id >= 0) {
          lengths.set(end - start);
        }
        node = after(node, text, end);
      }
    }
    return lengths;
  }

  private static @Nullable Node after(Node node, String text, int at) {
    return at < text.length() ? node.next.get(text.charAt(at)) : null;
  }
}
