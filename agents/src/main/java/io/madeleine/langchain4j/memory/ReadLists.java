package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.ChatMessage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What each thread read last, and handed nothing over since. Guarded by its owner. */
final class ReadLists {

  /** Threads that are remembered. Most hand over at once; who only looks never does. */
  private static final int REMEMBERED = 64;

  private final Map<Thread, List<ChatMessage>> lists = new LinkedHashMap<>();

  /** This thread reads {@code list}. */
  void put(List<ChatMessage> list) {
    lists.remove(Thread.currentThread());
    lists.put(Thread.currentThread(), list);
    if (lists.size() > REMEMBERED) {
      lists.remove(lists.keySet().iterator().next());
    }
  }

  /** {@return what this thread read and now hands over} */
  Optional<List<ChatMessage>> take() {
    return Optional.ofNullable(lists.remove(Thread.currentThread()));
  }
}
