package io.madeleine.server.openai.protocol;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * What {@code /v1/embeddings} is asked.
 *
 * @param model as the client named it
 * @param texts at least one, none of them blank
 * @param base64 whether the vectors go out as bytes
 */
public record EmbeddingsRequest(String model, List<String> texts, boolean base64) {

  /** What OpenAI takes, so that its clients need not be told to send less. */
  private static final int MOST = 2_048;

  public EmbeddingsRequest {
    texts = List.copyOf(texts);
  }

  /** {@return what {@code body} asks for} */
  public static EmbeddingsRequest read(JsonNode body) {
    if (!body.isObject()) {
      throw OpenAiException.invalid("", "the body must be a JSON object");
    }
    if (body.hasNonNull("dimensions")) {
      throw OpenAiException.unsupported(
          "dimensions", "vectors are as long as the model makes them; leave dimensions out");
    }
    return new EmbeddingsRequest(
        body.path("model").asString(""), texts(body.path("input")), base64(body));
  }

  private static boolean base64(JsonNode body) {
    String format = body.path("encoding_format").asString("float");
    return switch (format) {
      case "float" -> false;
      case "base64" -> true;
      default ->
          throw OpenAiException.invalid(
              "encoding_format",
              "encoding_format must be float or base64, but was '%s'".formatted(format));
    };
  }

  private static List<String> texts(JsonNode input) {
    var texts = new ArrayList<String>();
    if (input.isString()) {
      texts.add(input.asString());
    } else if (input.isArray()) {
      input.forEach(
          each -> {
            if (!each.isString()) {
              throw OpenAiException.unsupported(
                  "input", "input must be a text or an array of texts; token ids are not read");
            }
            texts.add(each.asString());
          });
    }
    int blank = firstBlank(texts);
    if (texts.isEmpty() || blank >= 0) {
      String wrong = texts.isEmpty() ? "had none" : "input[%d] is".formatted(blank);
      throw OpenAiException.invalid(
          "input",
          "input must be 1 to %,d texts, none of them blank, but %s".formatted(MOST, wrong));
    }
    if (texts.size() > MOST) {
      throw OpenAiException.invalid(
          "input",
          "input may have %,d texts, but had %,d: send the rest in another request"
              .formatted(MOST, texts.size()));
    }
    return texts;
  }

  /** {@return the place of the first text that an embedder takes for none, or -1} */
  private static int firstBlank(List<String> texts) {
    for (int i = 0; i < texts.size(); i++) {
      if (texts.get(i).trim().isEmpty()) { // as LangChain4j's segments have it
        return i;
      }
    }
    return -1;
  }
}
