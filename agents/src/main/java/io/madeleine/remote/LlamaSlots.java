package io.madeleine.remote;

import io.madeleine.engine.json.Json;
import io.madeleine.memory.identity.ConversationKey;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The slots of a llama-server that nobody else uses: one conversation in each, saved to a file when
 * another needs its place, restored when it comes back. One slot stays free for strangers.
 *
 * <p>Start the server with {@code --slot-save-path}, on the loopback interface, one for each
 * tenant: its slots know no owners. Names of files are hashes; nobody's id becomes a path. A
 * restore counts only if the server then reuses nine tenths of what it says it restored: some
 * models' files restore to nothing. What another process saved is not restored, but can be
 * forgotten. Thread-safe.
 */
public final class LlamaSlots {

  private static final double REALLY_REUSED = 0.9;

  private final Wire wire;
  private final String secret;
  private final int slots;
  private final Map<ConversationKey, Integer> owners = new HashMap<>();
  private final Map<ConversationKey, Long> used = new HashMap<>();
  private final Set<ConversationKey> saved = new HashSet<>();
  private long uses;
  private boolean restoreWorks = true;

  /**
   * A slot that a conversation owns for now.
   *
   * @param slot its number, to be sent as {@code id_slot}
   * @param restoredTokens tokens that it need not read again, verified; 0 for a fresh one
   */
  public record Place(int slot, int restoredTokens) {}

  /**
   * Asks the server how many slots it has.
   *
   * @param secret makes the names of files unguessable
   * @throws RemoteEngineException if the server does not answer
   * @throws IllegalArgumentException if it has fewer than two slots
   */
  public LlamaSlots(HttpClient client, URI server, String secret) {
    this.wire = new Wire(client, server);
    this.secret = secret;
    this.slots = Wire.count(wire.get("/props"), "total_slots") - 1;
    if (slots < 1) {
      throw new IllegalArgumentException(
          "llama-server needs at least 2 slots, one of them for strangers: start it with -np 2 or"
              + " more");
    }
  }

  /**
   * {@return the conversation's slot} Another conversation may have to leave its own for it, the
   * one that was not used for the longest time.
   *
   * @param prompt tokens that it will go on from; what a restore brought is checked against it
   */
  public synchronized Place take(ConversationKey conversation, int[] prompt) {
    used.put(conversation, ++uses);
    Integer owned = owners.get(conversation);
    if (owned != null) {
      return new Place(owned, 0);
    }
    int slot = free().orElseGet(this::evictOldest);
    owners.put(conversation, slot);
    return new Place(slot, restore(conversation, slot, prompt));
  }

  private Optional<Integer> free() {
    for (int slot = 0; slot < slots; slot++) {
      if (!owners.containsValue(slot)) {
        return Optional.of(slot);
      }
    }
    return Optional.empty();
  }

  private int evictOldest() {
    ConversationKey oldest =
        owners.keySet().stream()
            .min((a, b) -> Long.compare(used.getOrDefault(a, 0L), used.getOrDefault(b, 0L)))
            .orElseThrow();
    int slot = owners.getOrDefault(oldest, 0);
    leave(oldest);
    return slot;
  }

  /** The lease is over: the slot is saved, if restoring works, then emptied and free. */
  public synchronized void leave(ConversationKey conversation) {
    Integer slot = owners.remove(conversation);
    if (slot == null) {
      return;
    }
    if (restoreWorks) {
      save(slot, conversation);
      saved.add(conversation);
    }
    erase(slot);
  }

  private void save(int slot, ConversationKey conversation) {
    action(slot, "save", Wire.object("filename", file(conversation)));
  }

  /** {@return the name of its file, which is the same in every process with this secret} */
  private String file(ConversationKey conversation) {
    return Wire.keyed(secret, conversation.tenant().id() + '\n' + conversation.id()) + ".bin";
  }

  private int restore(ConversationKey conversation, int slot, int[] prompt) {
    if (!restoreWorks || !saved.contains(conversation)) {
      return 0;
    }
    Json answer = action(slot, "restore", Wire.object("filename", file(conversation)));
    int claimed = Wire.count(answer, "n_restored");
    Json probe =
        wire.post(
            "/completion",
            Wire.object("prompt", prompt, "id_slot", slot, "cache_prompt", true, "n_predict", 0));
    int reused = reused(probe);
    if (reused < REALLY_REUSED * Math.min(claimed, prompt.length)) {
      // Sliding windows, recurrent models: the file holds too little. Not tried again.
      restoreWorks = false;
      return 0;
    }
    return reused;
  }

  /**
   * {@return tokens of a prompt that were not read again; older servers tell only what was read}
   */
  private static int reused(Json answer) {
    Json timings = Wire.at(answer, "timings");
    return Wire.at(timings, "cache_n") instanceof Json.Number
        ? Wire.count(timings, "cache_n")
        : Wire.count(answer, "tokens_evaluated") - Wire.count(timings, "prompt_n");
  }

  /**
   * Forgets a conversation, also one that another process with the same secret saved. Its file is
   * written over with an empty slot, since the server has no way to delete one; who never had a
   * file has an empty one then. Nobody leaves his slot for that: where all are owned, the
   * strangers' is emptied. The server may hold a copy in its own cache: start it with none.
   *
   * @throws RemoteEngineException if the server does not do it; the file may be there, ask again
   */
  public synchronized void forget(ConversationKey conversation) {
    Integer owned = owners.get(conversation);
    int slot = owned != null ? owned : free().orElse(slots); // the strangers', as nobody has to go
    erase(slot);
    save(slot, conversation);
    owners.remove(conversation);
    saved.remove(conversation);
    used.remove(conversation);
  }

  /** {@return whether what was restored was really reused so far} */
  public synchronized boolean restoreWorks() {
    return restoreWorks;
  }

  private void erase(int slot) {
    action(slot, "erase", Wire.object());
  }

  private Json action(int slot, String action, Json body) {
    return wire.post("/slots/" + slot + "?action=" + action, body);
  }
}
