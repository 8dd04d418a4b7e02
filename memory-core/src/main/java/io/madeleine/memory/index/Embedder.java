package io.madeleine.memory.index;

import java.util.List;

/**
 * Text to a vector whose direction is its meaning: somebody else's model. Implementations may be
 * slow and may fail; the index then goes on with words alone and fills the vector in later.
 *
 * <p>Thread-safe.
 */
public interface Embedder {

  /**
   * {@return a name that changes whenever vectors stop being comparable, stamped into the index}
   */
  String fingerprint();

  /** {@return the length of every vector; one of another length counts as a failure} */
  int dimension();

  /** {@return one unit-length vector {@code [dimension]} per text, for texts that are stored} */
  List<float[]> embed(List<String> texts);

  /** {@return the unit-length vector {@code [dimension]} of a question} */
  default float[] embedQuery(String text) {
    return embed(List.of(text)).getFirst();
  }
}
