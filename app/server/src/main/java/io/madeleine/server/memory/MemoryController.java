package io.madeleine.server.memory;

import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.conversation.mind.Mind;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.server.access.Caller;
import io.madeleine.server.compute.Computing;
import io.madeleine.server.memory.Views.ConversationView;
import io.madeleine.server.memory.Views.EpisodeDetail;
import io.madeleine.server.memory.Views.ErasedView;
import io.madeleine.server.memory.Views.MindView;
import io.madeleine.server.memory.Views.ReceiptView;
import io.madeleine.server.memory.Views.TurnView;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** Conversations and what they remember. */
@RestController
@RequestMapping("/api/conversations")
class MemoryController {

  private final TurnLog log;
  private final TurnIndex index;
  private final EpisodicConversations conversations;
  private final MindReader minds;
  private final Completions completions;
  private final Computing computing;

  MemoryController(
      TurnLog log,
      TurnIndex index,
      EpisodicConversations conversations,
      MindReader minds,
      Completions completions,
      Computing computing) {
    this.completions = completions;
    this.computing = computing;
    this.log = log;
    this.index = index;
    this.conversations = conversations;
    this.minds = minds;
  }

  @GetMapping
  List<ConversationView> list(Caller caller) {
    return log.conversations(caller.tenant()).stream().map(this::view).toList().reversed();
  }

  private ConversationView view(ConversationKey key) {
    List<LoggedTurn> last = log.latest(key, 1);
    return new ConversationView(
        key.id(), log.size(key), last.isEmpty() ? null : last.getLast().messages().getLast().at());
  }

  @GetMapping("/{id}/turns")
  List<TurnView> turns(
      Caller caller, @PathVariable String id, @RequestParam(defaultValue = "200") int newest) {
    if (newest < 1 || newest > 10_000) {
      throw new ResponseStatusException(
          HttpStatus.BAD_REQUEST, "newest must be from 1 to 10,000, but was " + newest);
    }
    return log.latest(caller.conversation(id), newest).stream().map(TurnViews::of).toList();
  }

  @GetMapping("/{id}/mind")
  MindView mind(Caller caller, @PathVariable String id) {
    ConversationKey key = caller.conversation(id);
    return minds.read(key, mind(key));
  }

  /** Reads what is not read yet, as after an import. */
  private Mind mind(ConversationKey key) {
    return computing.call(() -> conversations.conversation(key, List.of()).mind());
  }

  @GetMapping("/{id}/episodes/{episode}")
  EpisodeDetail episode(Caller caller, @PathVariable String id, @PathVariable String episode) {
    ConversationKey key = caller.conversation(id);
    return minds
        .episode(key, mind(key), episode)
        .orElseThrow(
            () ->
                new ResponseStatusException(
                    HttpStatus.NOT_FOUND,
                    "conversation '%s' has no episode '%s'".formatted(id, episode)));
  }

  /**
   * Erases also where the log has nothing, or nothing any more: answers with tools leave a cache
   * before there is a turn, and an erasure that failed behind the log is finished by the next.
   */
  @DeleteMapping("/{id}")
  ReceiptView forget(Caller caller, @PathVariable String id) {
    ConversationKey key = caller.conversation(id);
    boolean known = log.size(key) > 0;
    ReceiptView receipt = erase(new Erasure.OfConversation(key));
    if (!known) {
      index.follow(log);
      throw KnownConversation.unknown(id);
    }
    return receipt;
  }

  @DeleteMapping("/{id}/turns/last")
  ReceiptView forgetLast(Caller caller, @PathVariable String id) {
    ConversationKey key = KnownConversation.of(log, caller, id);
    return erase(new Erasure.OfTurn(key, log.latest(key, 1).getLast().sequence()));
  }

  private ReceiptView erase(Erasure request) {
    Erasure.Receipt receipt;
    try {
      receipt = conversations.erase(request);
    } finally {
      completions.forget(request);
    }
    return new ReceiptView(
        receipt.at(),
        List.of(
            new ErasedView(
                "history",
                "%d turns with %d messages; %d files written anew, %,d bytes shorter"
                    .formatted(
                        receipt.turns(), receipt.messages(), receipt.segments(), receipt.bytes())),
            new ErasedView("index", "%d entries, words and vectors".formatted(receipt.turns())),
            new ErasedView(
                "keys and values", "of its episodes, in memory and on disk, with their list")));
  }
}
