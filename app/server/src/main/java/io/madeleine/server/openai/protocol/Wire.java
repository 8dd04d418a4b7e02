package io.madeleine.server.openai.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What goes out, field for field as the protocol has it. */
public final class Wire {

  private Wire() {}

  /** A whole answer. */
  public record ChatCompletion(
      String id,
      String object,
      long created,
      String model,
      List<Choice> choices,
      Usage usage,
      @JsonProperty("system_fingerprint") String systemFingerprint) {}

  /** The one answer. */
  public record Choice(
      int index,
      Message message,
      @JsonInclude(Include.NON_NULL) @Nullable LogProbabilities logprobs,
      @JsonProperty("finish_reason") String finishReason) {}

  /** What the assistant said. */
  public record Message(
      String role,
      @Nullable String content,
      @JsonInclude(Include.NON_EMPTY) @JsonProperty("reasoning_content") String reasoning,
      @JsonInclude(Include.NON_EMPTY) @JsonProperty("tool_calls") List<Call> toolCalls) {}

  /** A call of a tool. */
  public record Call(
      @JsonInclude(Include.NON_NULL) @Nullable Integer index,
      String id,
      String type,
      Function function) {}

  /** Name and arguments, the latter as JSON in a string. */
  public record Function(String name, String arguments) {}

  /** A piece of a streamed answer. */
  public record Chunk(
      String id,
      String object,
      long created,
      String model,
      List<ChunkChoice> choices,
      @JsonInclude(Include.NON_NULL) @Nullable Usage usage) {}

  /** The one answer's next piece. */
  public record ChunkChoice(
      int index,
      Delta delta,
      @JsonInclude(Include.NON_NULL) @Nullable LogProbabilities logprobs,
      @JsonProperty("finish_reason") @Nullable String finishReason) {}

  /** What is new. */
  @JsonInclude(Include.NON_EMPTY)
  public record Delta(
      @Nullable String role,
      @Nullable String content,
      @JsonProperty("reasoning_content") @Nullable String reasoning,
      @JsonProperty("tool_calls") List<Call> toolCalls) {

    /** {@return who speaks} */
    public static Delta role(String role) {
      return new Delta(role, null, null, List.of());
    }

    /** {@return a piece of the answer} */
    public static Delta text(String text) {
      return new Delta(null, text, null, List.of());
    }

    /** {@return a piece of the reasoning} */
    public static Delta thinking(String text) {
      return new Delta(null, null, text, List.of());
    }

    /** {@return a call of a tool} */
    public static Delta call(Call call) {
      return new Delta(null, null, null, List.of(call));
    }

    /** {@return nothing new} */
    public static Delta nothing() {
      return new Delta(null, null, null, List.of());
    }
  }

  /** How likely the tokens were. */
  public record LogProbabilities(List<TokenProbability> content) {}

  /** How likely a token was. */
  public record TokenProbability(
      String token,
      double logprob,
      List<Integer> bytes,
      @JsonProperty("top_logprobs") List<TokenProbability> likeliest) {}

  /** What it cost, in tokens. */
  public record Usage(
      @JsonProperty("prompt_tokens") int prompt,
      @JsonProperty("completion_tokens") int completion,
      @JsonProperty("total_tokens") int total,
      @JsonProperty("prompt_tokens_details") PromptDetails details) {}

  /** How much of the prompt was there already. */
  public record PromptDetails(@JsonProperty("cached_tokens") int cached) {}

  /** A list of models. */
  public record Models(String object, List<Model> data) {}

  /** A model. */
  public record Model(
      String id, String object, long created, @JsonProperty("owned_by") String ownedBy) {}

  /** Vectors. */
  public record Embeddings(
      String object, List<Embedding> data, String model, EmbeddingUsage usage) {}

  /** A vector: numbers, or their bytes in Base64. */
  public record Embedding(String object, int index, Object embedding) {}

  /** What the vectors cost. */
  public record EmbeddingUsage(
      @JsonProperty("prompt_tokens") int prompt, @JsonProperty("total_tokens") int total) {}
}
