package io.madeleine.memory.recall;

import io.madeleine.memory.history.LogOptions;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.index.IndexOptions;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * What a {@link Memory} is made of.
 *
 * @param log sizes of the log's files
 * @param index how the index stores and looks
 * @param embedder turns text into vectors; without one, words alone decide
 * @param zone whose days "yesterday" and "7 May" are
 * @param tokens counts the tokens of a text, for budgets
 */
public record MemoryOptions(
    LogOptions log,
    IndexOptions index,
    Optional<Embedder> embedder,
    ZoneId zone,
    ToIntFunction<String> tokens) {

  private static final int CHARACTERS_PER_TOKEN = 4;

  /** Words alone, UTC, four characters to a token. */
  public static final MemoryOptions DEFAULT =
      new MemoryOptions(
          LogOptions.DEFAULT,
          IndexOptions.DEFAULT,
          Optional.empty(),
          ZoneOffset.UTC,
          text -> (text.length() + CHARACTERS_PER_TOKEN - 1) / CHARACTERS_PER_TOKEN);

  /** {@return the same with vectors from {@code model}} */
  public MemoryOptions with(Embedder model) {
    return new MemoryOptions(log, index, Optional.of(model), zone, tokens);
  }

  /** {@return the same with another index} */
  public MemoryOptions with(IndexOptions options) {
    return new MemoryOptions(log, options, embedder, zone, tokens);
  }

  /** {@return the same, counting tokens with {@code counter}} */
  public MemoryOptions counting(ToIntFunction<String> counter) {
    return new MemoryOptions(log, index, embedder, zone, counter);
  }
}
