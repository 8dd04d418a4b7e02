package io.madeleine.conversation.context;

import io.madeleine.engine.kv.KvCache;

/**
 * The keys and values of a conversation, and the tokens and text that they are of. Belongs to the
 * thread that is in the conversation.
 */
public final class KeptContext implements AutoCloseable {

  private final KvCache cache;
  private Prompt prompt;

  /** A cache that holds exactly {@code prompt}. */
  public KeptContext(KvCache cache, Prompt prompt) {
    this.cache = cache;
    this.prompt = prompt;
  }

  /** {@return the keys and values} */
  public KvCache cache() {
    return cache;
  }

  /** {@return what they are of} */
  public Prompt prompt() {
    return prompt;
  }

  /**
   * Drops everything behind the first {@code tokens}, and whatever nobody accounted for: pages that
   * a pass took and did not fill go as well, and tokens that it gave up when memory was short.
   */
  public void truncate(int tokens) {
    int held = Math.min(cache.length(), prompt.tokens().length);
    prompt = prompt.first(Math.min(tokens, held));
    cache.truncate(prompt.tokens().length);
  }

  /** Goes back to what was held before, as far as it is still there. */
  public void backTo(Prompt before) {
    int common = prompt.commonWith(before);
    truncate(common);
    if (prompt.tokens().length == before.tokens().length) {
      prompt = before;
    }
  }

  /** The cache now holds exactly this. */
  public void holds(Prompt now) {
    prompt = now;
  }

  @Override
  public void close() {
    cache.close();
  }
}
