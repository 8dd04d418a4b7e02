package io.madeleine.memory.segmentation;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What one side said at once, with all that is known about it. Only speaker and text are needed;
 * every other signal counts where it is there. Immutable.
 */
public final class Utterance {

  private final String speaker;
  private final String text;
  private final float[] vector;
  private final Optional<Instant> at;
  private final Role role;
  private final int tokens;
  private final OptionalDouble surprisal;
  private final OptionalDouble contextGain;

  private enum Role {
    MAY_OPEN,
    OPENS_SESSION,
    CONTINUES
  }

  private Utterance(
      String speaker,
      String text,
      float[] vector,
      Optional<Instant> at,
      Role role,
      int tokens,
      OptionalDouble surprisal,
      OptionalDouble contextGain) {
    this.speaker = speaker;
    this.text = text;
    this.vector = vector;
    this.at = at;
    this.role = role;
    this.tokens = tokens;
    this.surprisal = surprisal;
    this.contextGain = contextGain;
  }

  /** {@return what {@code speaker} said, and nothing else known} */
  public static Utterance of(String speaker, String text) {
    return new Utterance(
        speaker,
        text,
        new float[0],
        Optional.empty(),
        Role.MAY_OPEN,
        0,
        OptionalDouble.empty(),
        OptionalDouble.empty());
  }

  /** {@return this with its meaning: any length, the same embedder throughout a stream; copied} */
  public Utterance withVector(float[] meaning) {
    return new Utterance(speaker, text, meaning.clone(), at, role, tokens, surprisal, contextGain);
  }

  /** {@return this with the time it was said} */
  public Utterance at(Instant when) {
    return new Utterance(
        speaker, text, vector, Optional.of(when), role, tokens, surprisal, contextGain);
  }

  /** {@return this without a time} */
  public Utterance undated() {
    return new Utterance(
        speaker, text, vector, Optional.empty(), role, tokens, surprisal, contextGain);
  }

  /** {@return this with its length in tokens; without it, words are counted} */
  public Utterance withTokens(int count) {
    return new Utterance(speaker, text, vector, at, role, count, surprisal, contextGain);
  }

  /** {@return this as the start of a session, which always opens an episode} */
  public Utterance openingSession() {
    return new Utterance(
        speaker, text, vector, at, Role.OPENS_SESSION, tokens, surprisal, contextGain);
  }

  /**
   * {@return this as part of the turn before: a tool's result, an answer that stays with its
   * question; never opens an episode}
   */
  public Utterance continuing() {
    return new Utterance(speaker, text, vector, at, Role.CONTINUES, tokens, surprisal, contextGain);
  }

  /** {@return this with the model's mean surprise at it, in nats per token} */
  public Utterance withSurprisal(double nats) {
    return new Utterance(
        speaker, text, vector, at, role, tokens, OptionalDouble.of(nats), contextGain);
  }

  /** {@return this with how much the context helped the model, in nats per token} */
  public Utterance withContextGain(double nats) {
    return new Utterance(
        speaker, text, vector, at, role, tokens, surprisal, OptionalDouble.of(nats));
  }

  /** {@return who spoke} */
  public String speaker() {
    return speaker;
  }

  /** {@return what was said} */
  public String text() {
    return text;
  }

  /** {@return when, if known} */
  public Optional<Instant> at() {
    return at;
  }

  float[] vector() {
    return vector;
  }

  boolean opensSession() {
    return role == Role.OPENS_SESSION;
  }

  boolean continues() {
    return role == Role.CONTINUES;
  }

  int tokens() {
    return tokens;
  }

  OptionalDouble surprisal() {
    return surprisal;
  }

  OptionalDouble contextGain() {
    return contextGain;
  }
}
