package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import io.madeleine.langchain4j.message.Messages;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a call does that clears the memory when its own answer is in it: it adds again what shall
 * stay. LangChain4j's output guardrails take an answer back that way. What is added as it stood is
 * in the log already.
 */
final class Readding {

  private final List<ChatMessage> stood;
  private final List<ChatMessage> again = new ArrayList<>();
  private Optional<SystemMessage> system = Optional.empty();
  private int at;

  /**
   * @param shown what the memory showed when it was cleared
   */
  Readding(List<ChatMessage> shown) {
    this.stood =
        shown.stream()
            .filter(message -> !(message instanceof SystemMessage))
            .map(Messages::asSaid)
            .toList();
  }

  /** {@return whether {@code message} stood there, behind those that were added again before} */
  boolean passes(ChatMessage message) {
    ChatMessage said = Messages.asSaid(message);
    int found = stood.subList(at, stood.size()).indexOf(said);
    if (found < 0) {
      return false;
    }
    at += found + 1;
    again.add(said);
    return true;
  }

  /** A system message is no part of what is said; it is added as ever, and belongs to the rest. */
  void add(SystemMessage message) {
    system = Optional.of(message);
  }

  /** {@return what was added again} */
  List<ChatMessage> again() {
    return Stream.concat(system.stream(), again.stream()).toList();
  }

  /** {@return whether all is there again but the last answer} */
  boolean isWithoutTheAnswer() {
    var rest = new ArrayList<>(stood);
    for (int i = rest.size() - 1; i >= 0; i--) {
      if (rest.get(i) instanceof AiMessage) {
        rest.remove(i);
        break;
      }
    }
    return again.equals(rest);
  }
}
