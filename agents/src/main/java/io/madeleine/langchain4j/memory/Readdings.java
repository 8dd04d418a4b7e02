package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import io.madeleine.langchain4j.call.Call;
import io.madeleine.langchain4j.call.Calls;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What each call adds again that cleared one memory behind its own answer. Guarded by its owner.
 */
final class Readdings {

  private final Map<Call, Readding> going = new LinkedHashMap<>();

  /**
   * A call cleared the memory.
   *
   * @param shown what the memory showed then
   * @param owner hears when the call is over
   */
  void begin(Call call, List<ChatMessage> shown, Call.Part owner) {
    going.keySet().removeIf(Call::isOver);
    going.put(call, new Readding(shown));
    call.hold(owner);
  }

  /**
   * {@return what the call that this thread works for has added again, if it cleared the memory}
   */
  Optional<List<ChatMessage>> again() {
    return mine().map(Readding::again);
  }

  /** A system message is added as ever, and is part of what is there again. */
  void add(SystemMessage message) {
    mine().ifPresent(readding -> readding.add(message));
  }

  /**
   * {@return whether {@code message} is added again as it stood, by a call that cleared the memory}
   *
   * @param instead takes what such a call has added again when it says something else: that is all
   *     that stands from then on
   */
  boolean passes(ChatMessage message, Consumer<List<ChatMessage>> instead) {
    Optional<Readding> mine = mine();
    if (mine.isEmpty() || mine.get().passes(message)) {
      return mine.isPresent();
    }
    Calls.here().ifPresent(going::remove);
    instead.accept(mine.get().again());
    return false;
  }

  /** {@return all that is shown from now on, if {@code call} left out more than its answer} */
  Optional<List<ChatMessage>> end(Call call) {
    return Optional.ofNullable(going.remove(call))
        .filter(readding -> !readding.isWithoutTheAnswer())
        .map(Readding::again);
  }

  private Optional<Readding> mine() {
    return Calls.here().map(going::get);
  }
}
