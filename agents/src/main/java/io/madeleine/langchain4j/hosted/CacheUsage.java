package io.madeleine.langchain4j.hosted;

import io.madeleine.engine.json.Json;

/**
 * What an answer cost in tokens, in one vocabulary. Providers disagree: Anthropic's and Bedrock's
 * input leaves cached tokens out, OpenAI's and Gemini's counts them in.
 *
 * @param fresh of input, neither read from a cache nor written to one
 * @param read from a cache
 * @param shortWritten to a cache with the shorter life
 * @param longWritten to a cache with the longer life
 * @param output written by the model
 */
public record CacheUsage(long fresh, long read, long shortWritten, long longWritten, long output) {

  /** No token. */
  public static final CacheUsage ZERO = new CacheUsage(0, 0, 0, 0, 0);

  /** {@return both together} */
  public CacheUsage plus(CacheUsage other) {
    return new CacheUsage(
        fresh + other.fresh,
        read + other.read,
        shortWritten + other.shortWritten,
        longWritten + other.longWritten,
        output + other.output);
  }

  /** {@return all tokens of input} */
  public long input() {
    return fresh + read + shortWritten + longWritten;
  }

  /** {@return the usage in a provider's answer, or a stream's event; zero if it tells none} */
  public static CacheUsage of(HostedProvider provider, Json answer) {
    var body = new Fields(answer);
    return switch (provider) {
      case ANTHROPIC ->
          anthropic(body.has("message") ? body.at("message", "usage") : body.at("usage"));
      case OPENAI, OPENAI_EXPLICIT ->
          openAi(body.has("response") ? body.at("response", "usage") : body.at("usage"));
      case GEMINI -> gemini(body.at("usageMetadata"));
      case BEDROCK -> bedrock(body.at("usage"));
    };
  }

  private static CacheUsage anthropic(Fields usage) {
    Fields split = usage.at("cache_creation");
    long written = usage.count("cache_creation_input_tokens");
    long forAnHour = split.count("ephemeral_1h_input_tokens");
    return new CacheUsage(
        usage.count("input_tokens"),
        usage.count("cache_read_input_tokens"),
        written - forAnHour,
        forAnHour,
        usage.count("output_tokens"));
  }

  private static CacheUsage openAi(Fields usage) {
    boolean responses = usage.has("input_tokens");
    Fields details = usage.at(responses ? "input_tokens_details" : "prompt_tokens_details");
    long input = usage.count(responses ? "input_tokens" : "prompt_tokens");
    long read = details.count("cached_tokens");
    long written = details.count("cache_write_tokens");
    return new CacheUsage(
        input - read - written,
        read,
        written,
        0,
        usage.count(responses ? "output_tokens" : "completion_tokens"));
  }

  private static CacheUsage gemini(Fields usage) {
    long read = usage.count("cachedContentTokenCount");
    return new CacheUsage(
        usage.count("promptTokenCount") - read,
        read,
        0,
        0,
        usage.count("candidatesTokenCount") + usage.count("thoughtsTokenCount"));
  }

  private static CacheUsage bedrock(Fields usage) {
    return new CacheUsage(
        usage.count("inputTokens"),
        usage.count("cacheReadInputTokens"),
        usage.count("cacheWriteInputTokens"),
        0,
        usage.count("outputTokens"));
  }
}
