package io.madeleine.server.openai.protocol;

import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolSpec;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a client asks for.
 *
 * @param model name of the model; any name stands for the one that is loaded
 * @param messages the dialogue, oldest first
 * @param tools what the model may call
 * @param mostCalls how many calls of one answer the client takes; the rest is not told
 * @param sampling how tokens are drawn
 * @param maxTokens the most tokens of the answer
 * @param stops texts that end the answer
 * @param topChances −1 for no log-probabilities, else how many alternatives
 * @param form what the answer must be: JSON, a call, or either
 * @param stream whether to send pieces as they come
 * @param streamUsage whether the stream ends with the usage
 * @param user who asks, which names a conversation if nothing else does
 * @param conversation name of the conversation in the metadata
 */
public record ChatRequest(
    String model,
    List<ChatMessage> messages,
    List<ToolSpec> tools,
    int mostCalls,
    SamplingOptions sampling,
    OptionalInt maxTokens,
    List<String> stops,
    int topChances,
    Optional<ResponseForm> form,
    boolean stream,
    boolean streamUsage,
    Optional<String> user,
    Optional<String> conversation) {

  /** What an answer must be. */
  public sealed interface ResponseForm {

    /** Any object. */
    record AnyJson() implements ResponseForm {}

    /**
     * What a schema says.
     *
     * @param schema JSON schema
     */
    record Schema(String schema) implements ResponseForm {}

    /**
     * A call of a tool.
     *
     * @param tools one of these
     */
    record Call(List<ToolSpec> tools) implements ResponseForm {}

    /**
     * A call of a tool, or an answer of a form, as the model chooses.
     *
     * @param tools one of these
     * @param form what an answer that calls nothing must be
     */
    record CallOr(List<ToolSpec> tools, ResponseForm form) implements ResponseForm {}
  }
}
