package io.madeleine.engine.grammar;

import java.util.ArrayList;
import java.util.List;

/**
 * Rules over bytes: small automata that may call each other. State numbers are shared by all rules;
 * every rule has one start and one end. Built once, then only read.
 */
final class Rules {
  /** A schema that a person wrote needs some thousands. */
  private static final int MOST_STATES = 500_000;

  /** A way from one state to another. */
  sealed interface Edge {
    int to();

    /** One byte from {@code low} to {@code high}. */
    record Bytes(int low, int high, int to) implements Edge {}

    /** Nothing. */
    record Jump(int to) implements Edge {}

    /** What another rule spells. */
    record Call(int rule, int to) implements Edge {}
  }

  private record Rule(int start, int end) {}

  private final List<List<Edge>> edges = new ArrayList<>();
  private final List<Rule> rules = new ArrayList<>();
  private final List<Boolean> ends = new ArrayList<>();
  private int[] needs = new int[0];

  /**
   * {@return a state without a way out}
   *
   * @throws IllegalArgumentException if there are as many as may be: a small schema can ask for any
   *     number
   */
  int newState() {
    if (edges.size() == MOST_STATES) {
      throw new IllegalArgumentException(
          "this schema cannot be enforced: it takes more than %,d states. Make it smaller, or its maxItems and maxLength lower"
              .formatted(MOST_STATES));
    }
    edges.add(new ArrayList<>(2));
    ends.add(false);
    return edges.size() - 1;
  }

  int newRule() {
    int start = newState();
    int end = newState();
    ends.set(end, true);
    rules.add(new Rule(start, end));
    return rules.size() - 1;
  }

  int start(int rule) {
    return rules.get(rule).start();
  }

  int end(int rule) {
    return rules.get(rule).end();
  }

  boolean isEnd(int state) {
    return ends.get(state);
  }

  List<Edge> edges(int state) {
    return edges.get(state);
  }

  int states() {
    return edges.size();
  }

  void jump(int from, int to) {
    edges.get(from).add(new Edge.Jump(to));
  }

  void call(int from, int rule, int to) {
    edges.get(from).add(new Edge.Call(rule, to));
  }

  void bytes(int from, int low, int high, int to) {
    edges.get(from).add(new Edge.Bytes(low, high, to));
  }

  /** Adds {@code text} behind {@code from} and {@return the state behind it}. */
  int text(int from, String text) {
    int at = from;
    for (byte b : text.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
      int next = newState();
      bytes(at, b & 0xFF, b & 0xFF, next);
      at = next;
    }
    return at;
  }

  /** Adds a call of {@code rule} behind {@code from} and {@return the state behind it}. */
  int then(int from, int rule) {
    int next = newState();
    call(from, rule, next);
    return next;
  }

  /**
   * Works out how many calls deep every state must at least go to reach its rule's end.
   *
   * @throws IllegalArgumentException if {@code root} cannot end at all
   */
  void close(int root) {
    needs = Needs.of(this).byState();
    if (needs[start(root)] == Needs.NEVER) {
      throw new IllegalArgumentException(
          "no finite JSON fits this schema: it always requires itself again, or types that exclude"
              + " each other");
    }
  }

  /** {@return the calls that {@code state} must at least still nest} */
  int need(int state) {
    return needs[state];
  }
}
