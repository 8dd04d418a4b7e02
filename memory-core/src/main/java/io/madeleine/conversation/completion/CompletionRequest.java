package io.madeleine.conversation.completion;

import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolSpec;
import io.madeleine.memory.identity.Tenant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What to answer, and how.
 *
 * @param tenant whose messages these are; prefixes are shared within a tenant alone
 * @param messages the dialogue so far, oldest first, at least one
 * @param tools what the model may call
 * @param sampling how tokens are drawn
 * @param stops texts that end the answer
 * @param maxTokens the most tokens of the answer; empty for what the context has left, or the
 *     memory for keys and values where that is less
 * @param form what the answer must look like; used once
 * @param topChances −1 for no log-probabilities, else how many alternatives beside each token
 * @param program which run of requests it belongs to
 */
public record CompletionRequest(
    Tenant tenant,
    List<ChatMessage> messages,
    List<ToolSpec> tools,
    SamplingOptions sampling,
    List<String> stops,
    OptionalInt maxTokens,
    Optional<TokenMask> form,
    int topChances,
    Program program) {

  /**
   * @throws IllegalArgumentException if there is no message, or the program is another tenant's
   */
  public CompletionRequest {
    messages = List.copyOf(messages);
    tools = List.copyOf(tools);
    stops = List.copyOf(stops);
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("there must be at least one message to answer");
    }
    program
        .key()
        .filter(key -> !key.tenant().equals(tenant))
        .ifPresent(
            key -> {
              throw new IllegalArgumentException(
                  "tenant '%s' must not name a program of tenant '%s'"
                      .formatted(tenant.id(), key.tenant().id()));
            });
  }

  /** A request of a program that is not known. */
  public CompletionRequest(
      Tenant tenant,
      List<ChatMessage> messages,
      List<ToolSpec> tools,
      SamplingOptions sampling,
      List<String> stops,
      OptionalInt maxTokens,
      Optional<TokenMask> form,
      int topChances) {
    this(tenant, messages, tools, sampling, stops, maxTokens, form, topChances, Program.UNKNOWN);
  }

  /** {@return the same as a part of {@code other}} */
  public CompletionRequest in(Program other) {
    return new CompletionRequest(
        tenant, messages, tools, sampling, stops, maxTokens, form, topChances, other);
  }

  /** A greedy answer without tools. */
  public CompletionRequest(Tenant tenant, List<ChatMessage> messages) {
    this(
        tenant,
        messages,
        List.of(),
        SamplingOptions.GREEDY,
        List.of(),
        OptionalInt.empty(),
        Optional.empty(),
        -1);
  }
}
