package io.madeleine.engine.model;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvView;
import java.util.List;

/**
 * Tokens to append to one sequence: a decode when it is one token, a prefill otherwise.
 *
 * @param cache the sequence; it grows by the tokens
 * @param tokens ids, at least one
 * @param positions one for each token, ascending; gaps are normal
 * @param observe what to return
 * @param view what each layer may attend to besides the cache's own slots
 */
@SuppressWarnings("ArrayRecordComponent") // made once a token; both arrays stay in the engine
public record Step(KvCache cache, int[] tokens, int[] positions, Observe observe, KvView view) {

  /** Sees nothing but its own slots. */
  private static final KvView OWN_SLOTS = (layer, meanQueries) -> List.of();

  /**
   * @throws IllegalArgumentException if there is no token, or not one position for each
   */
  public Step {
    if (tokens.length == 0) {
      throw new IllegalArgumentException("a step needs at least one token");
    }
    if (positions.length != tokens.length) {
      throw new IllegalArgumentException(
          "%d tokens need as many positions, but there are %d"
              .formatted(tokens.length, positions.length));
    }
  }

  /** A step that attends to its own sequence alone. */
  public Step(KvCache cache, int[] tokens, int[] positions, Observe observe) {
    this(cache, tokens, positions, observe, OWN_SLOTS);
  }

  /** {@return a step at the positions that follow the cache's length} */
  public static Step next(KvCache cache, int[] tokens, Observe observe) {
    var positions = new int[tokens.length];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = cache.length() + i;
    }
    return new Step(cache, tokens, positions, observe);
  }

  /** {@return the same step, which may also attend to what {@code recalling} returns} */
  public Step with(KvView recalling) {
    return new Step(cache, tokens, positions, observe, recalling);
  }

  boolean recalls() {
    return view != OWN_SLOTS;
  }
}
