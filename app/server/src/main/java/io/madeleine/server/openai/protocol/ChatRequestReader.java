package io.madeleine.server.openai.protocol;

import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.token.ToolSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;

/** Reads a request, and names the parameter that is wrong. */
public final class ChatRequestReader {

  private static final int LIKELIEST = 20;

  private ChatRequestReader() {}

  /**
   * {@return what {@code body} asks for}
   *
   * @param temperature holds where the body names none
   */
  public static ChatRequest read(JsonNode body, double temperature) {
    if (!body.isObject()) {
      throw OpenAiException.invalid("", "the body must be a JSON object");
    }
    refuseWhatWeCannot(body);
    JsonNode messages = body.path("messages");
    if (!messages.isArray() || messages.isEmpty()) {
      throw OpenAiException.invalid(
          "messages", "messages must be an array with at least one message");
    }
    List<ToolSpec> tools = AnswerFormReader.tools(body);
    return new ChatRequest(
        body.path("model").asString(""),
        MessagesReader.read(messages),
        tools,
        body.path("parallel_tool_calls").asBoolean(true) ? Integer.MAX_VALUE : 1,
        sampling(body, temperature),
        maxTokens(body),
        stops(body.path("stop")),
        chances(body),
        AnswerFormReader.form(body, tools),
        body.path("stream").asBoolean(false),
        body.path("stream_options").path("include_usage").asBoolean(false),
        Values.text(body.path("user")),
        Values.text(body.path("metadata").path("conversation")));
  }

  private static void refuseWhatWeCannot(JsonNode body) {
    if (Values.number(body, "n", 1, 1, 128) != 1) {
      throw OpenAiException.unsupported(
          "n", "this server writes one answer a request; leave n out");
    }
    for (String penalty : List.of("frequency_penalty", "presence_penalty")) {
      if (Values.number(body, penalty, 0, -2, 2) != 0) {
        throw OpenAiException.unsupported(
            penalty, penalty + " is not supported here; leave it out or set it to 0");
      }
    }
    if (body.has("logit_bias") && !body.get("logit_bias").isEmpty()) {
      throw OpenAiException.unsupported("logit_bias", "logit_bias is not supported here");
    }
    refuseWhatIsOld(body, "functions", "tools");
    refuseWhatIsOld(body, "function_call", "tool_choice");
  }

  private static void refuseWhatIsOld(JsonNode body, String name, String instead) {
    if (body.hasNonNull(name)) {
      throw OpenAiException.unsupported(
          name, "%s is not read here: send %s, which took its place".formatted(name, instead));
    }
  }

  private static SamplingOptions sampling(JsonNode body, double temperature) {
    return SamplingOptions.builder()
        .temperature(Values.number(body, "temperature", temperature, 0, 2))
        .topP(Math.max(1e-6, Values.number(body, "top_p", 1, 0, 1)))
        .seed(body.path("seed").asLong(System.nanoTime()))
        .build();
  }

  private static OptionalInt maxTokens(JsonNode body) {
    for (String name : List.of("max_completion_tokens", "max_tokens")) {
      JsonNode value = body.path(name);
      if (!Values.isAbsent(value)) {
        return OptionalInt.of((int) Values.number(body, name, 1, 1, Integer.MAX_VALUE));
      }
    }
    return OptionalInt.empty();
  }

  private static List<String> stops(JsonNode stop) {
    if (Values.isAbsent(stop)) {
      return List.of();
    }
    var texts = new ArrayList<String>();
    if (stop.isArray()) {
      stop.forEach(each -> texts.add(each.asString("")));
    } else {
      texts.add(stop.isString() ? stop.asString() : "");
    }
    if (texts.size() > 16 || texts.stream().anyMatch(String::isEmpty)) {
      throw OpenAiException.invalid("stop", "stop takes up to 16 texts, none of them empty");
    }
    return texts;
  }

  private static int chances(JsonNode body) {
    if (!body.path("logprobs").asBoolean(false)) {
      return -1;
    }
    return (int) Values.number(body, "top_logprobs", 0, 0, LIKELIEST);
  }
}
