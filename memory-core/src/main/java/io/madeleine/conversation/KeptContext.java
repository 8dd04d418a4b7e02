package io.madeleine.conversation;

import io.madeleine.conversation.Turn.Origin;
import io.madeleine.engine.kv.KvCache;

/**
 * The keys and values of a conversation, and the tokens and text that they are of. Belongs to the
 * thread that is in the conversation.
 */
final class KeptContext implements AutoCloseable {

  private final KvCache cache;
  private Prompt prompt;
  private Origin origin;

  KeptContext(KvCache cache, Prompt prompt, Origin origin) {
    this.cache = cache;
    this.prompt = prompt;
    this.origin = origin;
  }

  KvCache cache() {
    return cache;
  }

  Prompt prompt() {
    return prompt;
  }

  Origin origin() {
    return origin;
  }

  /** From now on they count as what was in memory all along. */
  void settled() {
    origin = Origin.MEMORY;
  }

  /** Drops everything behind the first {@code tokens}, and whatever nobody accounted for. */
  void truncate(int tokens) {
    prompt = prompt.first(Math.min(tokens, prompt.tokens().length));
    if (cache.length() > prompt.tokens().length) {
      cache.truncate(prompt.tokens().length);
    }
  }

  /** Goes back to what was held before, as far as it is still there. */
  void backTo(Prompt before) {
    int common = prompt.commonWith(before);
    truncate(common);
    if (common == before.tokens().length) {
      prompt = before;
    }
  }

  /** The cache now holds exactly this. */
  void holds(Prompt now) {
    prompt = now;
  }

  @Override
  public void close() {
    cache.close();
  }
}
