package io.madeleine.conversation.context;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * The keys and values of what many conversations begin with: the same instruction and tools, read
 * once and shared page by page. At most eight; the one not used for the longest time goes first.
 */
public final class SharedPrefixes {

  private static final int MOST = 8;
  private static final int SHORTEST = 16;

  private record Beginning(List<ChatMessage> instruction, List<ToolSpec> tools) {}

  private final Map<Beginning, KeptContext> read = new LinkedHashMap<>(16, 0.75f, true);
  private final PromptWriter writer;
  private final ReentrantLock lock = new ReentrantLock();

  /** Of prompts that {@code writer} writes. */
  public SharedPrefixes(PromptWriter writer) {
    this.writer = writer;
  }

  /**
   * {@return a context that has read the instruction and the tools}
   *
   * @param reader reads tokens into a new cache
   */
  public KeptContext fork(
      List<ChatMessage> instruction, List<ToolSpec> tools, Function<int[], KvCache> reader) {
    lock.lock();
    try {
      var beginning = new Beginning(instruction, tools);
      KeptContext known = read.get(beginning);
      if (known == null) {
        Prompt common = common(instruction, tools);
        if (common.tokens().length < SHORTEST) {
          return new KeptContext(reader.apply(new int[0]), Prompt.EMPTY);
        }
        known = new KeptContext(reader.apply(common.tokens()), common);
        if (read.size() == MOST) {
          drop(read.keySet().iterator().next());
        }
        read.put(beginning, known);
      }
      return new KeptContext(known.cache().fork(), known.prompt());
    } finally {
      lock.unlock();
    }
  }

  /** {@return the tokens that stand in front, whatever is said} */
  private Prompt common(List<ChatMessage> instruction, List<ToolSpec> tools) {
    Prompt one = saying("a", instruction, tools);
    return one.first(
        Math.min(one.commonWith(saying("b", instruction, tools)), one.tokens().length - 1));
  }

  private Prompt saying(String text, List<ChatMessage> instruction, List<ToolSpec> tools) {
    var messages = new ArrayList<>(instruction);
    messages.add(new ChatMessage.User(text));
    return writer.prompt(writer.text(messages, tools), Prompt.EMPTY);
  }

  /**
   * Gives all memory back, unless one is being read: the model, which asks for memory while it
   * reads, must not wait for its own reader. {@return whether there was any}
   */
  public boolean clear() {
    if (!lock.tryLock()) {
      return false;
    }
    try {
      boolean any = !read.isEmpty();
      read.values().forEach(KeptContext::close);
      read.clear();
      return any;
    } finally {
      lock.unlock();
    }
  }

  private void drop(Beginning beginning) {
    KeptContext dropped = read.remove(beginning);
    if (dropped != null) {
      dropped.close();
    }
  }
}
