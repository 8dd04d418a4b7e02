package io.madeleine.memory.segmentation;

/** What a boundary may stand on. */
public enum Signal {
  /** The caller said that a session begins. */
  SESSION_MARK,
  /** Nobody spoke for longer than the settings allow within one sitting. */
  PAUSE,
  /** The episode reached its greatest length. */
  LENGTH,
  /** The turn's vector is unlike those of the episode: embedding drift. */
  MEANING,
  /** The turn shares few words with the episode: lexical cohesion. */
  WORDS,
  /** Who speaks, and whether that one usually opens a subject. */
  SPEAKER,
  /** How it is said: greetings, thanks, questions, "also", pronouns that point back. */
  PHRASE,
  /** How long the episode already is. */
  RHYTHM,
  /** The model was surprised by the turn. */
  SURPRISAL,
  /** The context helped the model little to foresee the turn. */
  CONTEXT_GAIN
}
