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
 * @param maxTokens the most tokens of the answer; empty for what the context has left
 * @param form what the answer must look like; used once
 * @param topChances −1 for no log-probabilities, else how many alternatives beside each token
 */
public record CompletionRequest(
    Tenant tenant,
    List<ChatMessage> messages,
    List<ToolSpec> tools,
    SamplingOptions sampling,
    List<String> stops,
    OptionalInt maxTokens,
    Optional<TokenMask> form,
    int topChances) {

  /**
   * @throws IllegalArgumentException if there is no message
   */
  public CompletionRequest {
    messages = List.copyOf(messages);
    tools = List.copyOf(tools);
    stops = List.copyOf(stops);
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("there must be at least one message to answer");
    }
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
