package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import io.madeleine.langchain4j.message.Messages;
import java.util.ArrayList;
import java.util.List;

/**
 * A list that was read, and another that stands by now. LangChain4j's windows read the list and
 * hand it over with one message more, without a lock: what somebody else handed over in between is
 * not in theirs.
 *
 * @param read what who hands over saw
 * @param stands what was handed over last
 */
record Overtaken(List<ChatMessage> read, List<ChatMessage> stands) {

  /**
   * {@return what would be handed over if it had been read now} Only what a window does at once is
   * known again: one message more, another system message, results exchanged. Any other list is
   * meant as it is.
   */
  List<ChatMessage> rebased(List<ChatMessage> handed) {
    if (read.equals(stands)) {
      return handed;
    }
    List<ChatMessage> talk = HandedOver.talk(handed);
    var change = new HandedOver(said(HandedOver.talk(read)), said(talk));
    List<Integer> exchanged = change.exchangedResults();
    if (!exchanged.isEmpty()) {
      return withResults(exchanged.stream().map(talk::get).toList());
    }
    int from = change.newFrom();
    return from < 0 || talk.size() - from > 1
        ? handed
        : withMore(handed, talk.subList(from, talk.size()));
  }

  private List<ChatMessage> withResults(List<ChatMessage> results) {
    return stands.stream()
        .map(
            message ->
                results.stream()
                    .filter(result -> HandedOver.areResultsOfOneCall(message, result))
                    .findFirst()
                    .orElse(message))
        .toList();
  }

  private List<ChatMessage> withMore(List<ChatMessage> handed, List<ChatMessage> more) {
    var all = new ArrayList<>(stands);
    List<ChatMessage> system = system(handed);
    if (!system.equals(system(read))) {
      all.removeIf(SystemMessage.class::isInstance);
      boolean isFirst = !handed.isEmpty() && handed.getFirst() instanceof SystemMessage;
      all.addAll(isFirst ? 0 : all.size(), system);
    }
    all.addAll(more);
    return all;
  }

  private static List<ChatMessage> system(List<ChatMessage> messages) {
    return messages.stream().filter(SystemMessage.class::isInstance).toList();
  }

  private static List<ChatMessage> said(List<ChatMessage> messages) {
    return messages.stream().map(Messages::asSaid).toList();
  }
}
