package io.madeleine.engine.grammar;

import io.madeleine.engine.grammar.Rules.Edge;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where a text can stand in the rules: every state that it may be in, with the calls that are open
 * there. Two texts with the same places go on alike.
 *
 * @param stands where a byte can be read
 * @param mayEnd whether the text is whole
 */
record Place(Set<Stand> stands, boolean mayEnd) {
  private static final int DEEPEST = 160;
  private static final int MOST_STANDS = 4_096;

  /**
   * A state and the calls that are open.
   *
   * @param state in the rules
   * @param calls the innermost open call, empty at the root
   */
  record Stand(int state, Optional<Calls> calls) {

    int depth() {
      return calls.map(Calls::depth).orElse(0);
    }
  }

  /** An open call: where it returns to, and the calls around it. */
  static final class Calls {
    private final int returns;
    private final Optional<Calls> outer;
    private final int depth;
    private final int hash;

    Calls(int returns, Optional<Calls> outer) {
      this.returns = returns;
      this.outer = outer;
      this.depth = 1 + outer.map(Calls::depth).orElse(0);
      this.hash = 31 * returns + outer.hashCode();
    }

    int depth() {
      return depth;
    }

    @Override
    public boolean equals(Object other) {
      return this == other
          || (other instanceof Calls calls
              && hash == calls.hash
              && depth == calls.depth
              && returns == calls.returns
              && outer.equals(calls.outer));
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  /** {@return the place before the first byte of {@code rule}} */
  static Place start(Rules rules, int rule) {
    return closed(rules, List.of(new Stand(rules.start(rule), Optional.empty())));
  }

  /** {@return the place behind byte {@code b}; without stands if it cannot come here} */
  Place after(Rules rules, int b) {
    List<Stand> next = new ArrayList<>();
    for (Stand stand : stands) {
      for (Edge edge : rules.edges(stand.state())) {
        if (edge instanceof Edge.Bytes(int low, int high, int to) && b >= low && b <= high) {
          next.add(new Stand(to, stand.calls()));
        }
      }
    }
    return closed(rules, next);
  }

  /** Follows jumps, calls and returns, as far as the text can still be finished from there. */
  private static Place closed(Rules rules, List<Stand> from) {
    Set<Stand> seen = new HashSet<>();
    Set<Stand> reading = new HashSet<>();
    var open = new ArrayDeque<Stand>();
    from.forEach(stand -> enter(rules, stand, seen, open));
    boolean mayEnd = false;
    while (!open.isEmpty()) {
      Stand stand = open.remove();
      if (rules.isEnd(stand.state())) {
        mayEnd |= stand.calls().isEmpty();
        stand.calls().ifPresent(c -> enter(rules, new Stand(c.returns, c.outer), seen, open));
      }
      for (Edge edge : rules.edges(stand.state())) {
        switch (edge) {
          case Edge.Bytes bytes -> reading.add(stand);
          case Edge.Jump(int to) -> enter(rules, new Stand(to, stand.calls()), seen, open);
          case Edge.Call(int rule, int to) -> {
            boolean returns = rules.need(to) + stand.depth() <= DEEPEST;
            if (returns) {
              var calls = new Calls(to, stand.calls());
              enter(rules, new Stand(rules.start(rule), Optional.of(calls)), seen, open);
            }
          }
        }
      }
    }
    return new Place(reading, mayEnd);
  }

  private static void enter(Rules rules, Stand stand, Set<Stand> seen, ArrayDeque<Stand> open) {
    boolean canFinish = rules.need(stand.state()) + stand.depth() <= DEEPEST;
    if (canFinish && seen.add(stand)) {
      if (seen.size() > MOST_STANDS) {
        throw new IllegalArgumentException(
            ("this schema is too ambiguous: a text can stand in more than %,d places; give it fewer"
                    + " alternatives that begin alike")
                .formatted(MOST_STANDS));
      }
      open.add(stand);
    }
  }
}
