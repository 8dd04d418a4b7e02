package io.madeleine.engine.grammar;

import io.madeleine.engine.grammar.Rules.Edge;
import java.util.Arrays;

/**
 * How many calls deep every state must at least go to reach its rule's end. The need spreads
 * backwards from the ends, the least first, so that each state is settled once (Knuth, <a
 * href="https://doi.org/10.1016/0020-0190(77)90002-3">A generalization of Dijkstra's algorithm</a>,
 * 1977): a call needs one more than what it calls, and no less than what follows.
 */
final class Needs {
  /** The need of a state from which no end can be reached. */
  static final int NEVER = 1 << 20;

  private final Rules rules;
  private final int[] needs;

  /** The last way into each state; −1 if there is none. */
  private final int[] lastInto;

  /** By way: the one before it into the same state, where it comes from, and what it is. */
  private final int[] before;

  private final int[] from;
  private final Edge[] edges;
  private int ways;
  private long visits;

  private Needs(Rules rules) {
    this.rules = rules;
    this.needs = new int[rules.states()];
    this.lastInto = new int[rules.states()];
    Arrays.fill(needs, NEVER);
    Arrays.fill(lastInto, -1);
    int most = countWays();
    this.before = new int[most];
    this.from = new int[most];
    this.edges = new Edge[most];
  }

  /** {@return the needs of all states} */
  static Needs of(Rules rules) {
    var made = new Needs(rules);
    made.addWays();
    made.spread();
    return made;
  }

  /** {@return the calls that each state must at least still nest} */
  int[] byState() {
    return needs;
  }

  /** {@return how many states and ways were looked at; for tests} */
  long visits() {
    return visits;
  }

  /** A call depends on what follows it and on what it calls. */
  private int countWays() {
    int count = 0;
    for (int state = 0; state < rules.states(); state++) {
      for (Edge edge : rules.edges(state)) {
        count += edge instanceof Edge.Call ? 2 : 1;
      }
    }
    return count;
  }

  private void addWays() {
    for (int state = 0; state < rules.states(); state++) {
      for (Edge edge : rules.edges(state)) {
        addWay(edge.to(), state, edge);
        if (edge instanceof Edge.Call(int rule, int to)) {
          addWay(rules.start(rule), state, edge);
        }
      }
    }
  }

  private void addWay(int into, int state, Edge edge) {
    before[ways] = lastInto[into];
    from[ways] = state;
    edges[ways] = edge;
    lastInto[into] = ways++;
  }

  private void spread() {
    var now = new States();
    for (int state = 0; state < rules.states(); state++) {
      if (rules.isEnd(state)) {
        now.push(state);
      }
    }
    for (int need = 0; !now.isEmpty(); need++) {
      var next = new States();
      while (!now.isEmpty()) {
        int state = now.pop();
        visits++;
        if (needs[state] == NEVER) {
          needs[state] = need;
          pushThoseBefore(state, now, next);
        }
      }
      now = next;
    }
  }

  /** What is settled last decides: a way's need is that of now, or one more. */
  private void pushThoseBefore(int state, States now, States next) {
    for (int way = lastInto[state]; way >= 0; way = before[way]) {
      visits++;
      int need = need(edges[way]);
      if (need < NEVER) {
        (need == needs[state] ? now : next).push(from[way]);
      }
    }
  }

  private int need(Edge edge) {
    return switch (edge) {
      case Edge.Call(int rule, int to) -> Math.max(needs[to], 1 + needs[rules.start(rule)]);
      case Edge.Jump(int to) -> needs[to];
      case Edge.Bytes(int low, int high, int to) -> needs[to];
    };
  }

  /** A stack of states. */
  private static final class States {
    private int[] states = new int[64];
    private int size;

    boolean isEmpty() {
      return size == 0;
    }

    void push(int state) {
      if (size == states.length) {
        states = Arrays.copyOf(states, 2 * size);
      }
      states[size++] = state;
    }

    int pop() {
      return states[--size];
    }
  }
}
