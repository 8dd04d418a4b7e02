// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvView;
import java.util.BitSet;
import java.util.Optional;

/**
 * Decides what stays of a cache. This is where a policy plugs into the laboratory: in a few lines
 * for one that needs nothing but positions, or around a compressor that observes the model first.
 */
public interface LabPolicy {

  /** When a policy decides. */
  enum Scope {
    /** Once for a dialogue, before any question is known. */
    DIALOGUE,
    /** For each question anew, knowing it. */
    QUESTION
  }

  /** {@return the name in tables and files} */
  String name();

  /** {@return when it decides} */
  Scope scope();

  /** {@return whether it keeps every token, whatever it is allowed; it is then run once} */
  default boolean keepsAll() {
    return false;
  }

  /**
   * {@return a cache from which the questions are asked; the laboratory closes it}
   *
   * <p>Usually a fork of {@link LabCase#full} with less in it. The next token must come at the same
   * position as in the full cache.
   */
  KvCache prepare(LabCase lab);

  /** {@return whether it has a {@link #view}, which not every reader can ask through} */
  default boolean insideAttention() {
    return false;
  }

  /**
   * {@return what every layer recalls for itself while the question is answered, if it does; asked
   * for after {@link #prepare}}
   */
  default Optional<KvView> view() {
    return Optional.empty();
  }

  /**
   * {@return positions in the dialogue of the tokens that the prepared cache holds, if they stand
   * at others there; asked for after {@link #prepare}}
   */
  default Optional<BitSet> moved() {
    return Optional.empty();
  }

  /** Drops whatever it kept of a dialogue; called when the last question behind it was asked. */
  default void forget() {}
}
