package io.madeleine.remote;

import io.madeleine.engine.json.Json;
import io.madeleine.memory.identity.ConversationKey;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * SGLang: a session refers to a program's keys and values while its lease lasts, and those that
 * nobody refers to go first. And how much new tokens surprise the model, without reading the old
 * ones again: the best remote source of episode boundaries. Thread-safe.
 */
public final class SglangSessions {

  private final Wire wire;
  private final String secret;
  private final Set<String> open = ConcurrentHashMap.newKeySet();

  /**
   * What was read.
   *
   * @param nats surprisal of each token from {@code from} on
   * @param cachedTokens that need not be read
   */
  public record Surprise(List<Float> nats, int cachedTokens) {

    public Surprise {
      nats = List.copyOf(nats);
    }
  }

  /**
   * @param secret makes the names of sessions unguessable
   */
  public SglangSessions(HttpClient client, URI server, String secret) {
    this.wire = new Wire(client, server);
    this.secret = secret;
  }

  /** {@return the program's session, to be sent as {@code session_id}; referred to from now on} */
  public String session(ConversationKey program) {
    String id = Wire.keyed(secret, program.tenant().id() + '\n' + program.id());
    open.add(id);
    return id;
  }

  /** The lease is over: what the program had may go. Without a session, does nothing. */
  public void release(ConversationKey program) {
    String id = Wire.keyed(secret, program.tenant().id() + '\n' + program.id());
    if (open.remove(id)) {
      wire.post("/close_session", Wire.object("session_id", id));
    }
  }

  /**
   * Reads tokens and tells how much those from {@code from} on surprise the model.
   *
   * @param from index of the first new token, at least 1: the first token of all has no chance
   */
  public Surprise read(ConversationKey program, int[] tokens, int from) {
    if (from < 1 || from >= tokens.length) {
      throw new IllegalArgumentException(
          "from must be at least 1 and below the %d tokens, but was %d"
              .formatted(tokens.length, from));
    }
    Json answer =
        wire.post(
            "/generate",
            Wire.object(
                "input_ids",
                tokens,
                "sampling_params",
                Wire.object("max_new_tokens", 0),
                "return_logprob",
                true,
                // Its first entry has no value, for nothing of the range is before it.
                "logprob_start_len",
                from - 1,
                "session_id",
                session(program)));
    Json meta = Wire.at(answer, "meta_info");
    List<Float> nats =
        Wire.items(Wire.at(meta, "input_token_logprobs")).stream()
            .skip(1)
            .map(SglangSessions::nats)
            .toList();
    if (nats.size() != tokens.length - from) {
      throw new IllegalStateException(
          "SGLang was asked for the surprise of %d tokens and told that of %d"
              .formatted(tokens.length - from, nats.size()));
    }
    return new Surprise(nats, Wire.count(meta, "cached_tokens"));
  }

  private static float nats(Json entry) {
    return Wire.items(entry).getFirst() instanceof Json.Number number
        ? -number.value().floatValue()
        : 0;
  }
}
