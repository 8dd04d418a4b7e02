package io.madeleine.langchain4j.hosted.http;

import io.madeleine.engine.json.Json;
import io.madeleine.engine.json.JsonException;
import io.madeleine.langchain4j.hosted.Fields;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Anthropic's request that gives a prefix another hour: what was asked, what was answered, marked
 * for an hour behind the answer and nowhere else, and a word that nobody needs an answer to. The
 * answer is a part of it because an entry can only be prolonged by one that is longer.
 */
final class KeepAliveRequest {

  private KeepAliveRequest() {}

  /**
   * {@return the body; empty where it would not be a continuation of the same prefix: with
   * thinking, whose settings are part of it, or after an answer of other blocks than text and
   * calls}
   *
   * @param asked as it was sent
   * @param answers the answer, or the events of its stream
   */
  static Optional<Json> of(Json asked, List<Json> answers) {
    var body = new Fields(asked);
    List<Fields> blocks = blocks(answers);
    if (body.has("thinking")
        || blocks.isEmpty()
        || !blocks.stream().allMatch(KeepAliveRequest::isPlain)) {
      return Optional.empty();
    }
    var messages = new ArrayList<Json>();
    body.list("messages").forEach(message -> messages.add(unmarked(message.value())));
    messages.add(message("assistant", marked(blocks)));
    messages.add(message("user", nothing(blocks)));
    Fields plain = new Fields(unmarked(asked));
    return Optional.of(
        plain
            .without("stream")
            .with("messages", new Json.Array(messages))
            .with("max_tokens", new Json.Number("1"))
            .value());
  }

  private static boolean isPlain(Fields block) {
    return block.text("type").equals("tool_use")
        || (block.text("type").equals("text") && !block.text("text").isBlank());
  }

  private static Json message(String role, List<Json> content) {
    var message = new LinkedHashMap<String, Json>();
    message.put("role", new Json.Text(role));
    message.put("content", new Json.Array(content));
    return new Json.Object(message);
  }

  private static List<Json> marked(List<Fields> blocks) {
    var control = new LinkedHashMap<String, Json>();
    control.put("type", new Json.Text("ephemeral"));
    control.put("ttl", new Json.Text("1h"));
    var content = new ArrayList<>(blocks.stream().map(Fields::value).toList());
    content.set(
        content.size() - 1,
        blocks.getLast().with("cache_control", new Json.Object(control)).value());
    return content;
  }

  /** A call must be answered by a result, anything else by some word. */
  private static List<Json> nothing(List<Fields> blocks) {
    var content = new ArrayList<Json>();
    for (Fields block : blocks) {
      if (block.text("type").equals("tool_use")) {
        var result = new LinkedHashMap<String, Json>();
        result.put("type", new Json.Text("tool_result"));
        result.put("tool_use_id", new Json.Text(block.text("id")));
        result.put("content", new Json.Text("still running"));
        content.add(new Json.Object(result));
      }
    }
    if (content.isEmpty()) {
      var word = new LinkedHashMap<String, Json>();
      word.put("type", new Json.Text("text"));
      word.put("text", new Json.Text("."));
      content.add(new Json.Object(word));
    }
    return content;
  }

  private static Json unmarked(Json json) {
    return switch (json) {
      case Json.Array(List<Json> items) ->
          new Json.Array(items.stream().map(KeepAliveRequest::unmarked).toList());
      case Json.Object(Map<String, Json> members) -> {
        var rest = new LinkedHashMap<String, Json>();
        members.forEach((name, value) -> rest.put(name, unmarked(value)));
        rest.remove("cache_control");
        yield new Json.Object(rest);
      }
      default -> json;
    };
  }

  private static List<Fields> blocks(List<Json> answers) {
    if (answers.size() == 1) {
      return new Fields(answers.getFirst()).list("content");
    }
    var started = new TreeMap<Long, Fields>();
    var written = new TreeMap<Long, StringBuilder>();
    for (Json answer : answers) {
      var event = new Fields(answer);
      if (event.has("content_block")) {
        started.put(event.count("index"), event.at("content_block"));
      }
      Fields delta = event.at("delta");
      written
          .computeIfAbsent(event.count("index"), _ -> new StringBuilder())
          .append(delta.text("text"))
          .append(delta.text("partial_json"));
    }
    var blocks = new ArrayList<Fields>();
    started.forEach((index, block) -> blocks.add(whole(block, String.valueOf(written.get(index)))));
    return blocks;
  }

  private static Fields whole(Fields block, String written) {
    if (!block.text("type").equals("tool_use")) {
      return block.with("text", new Json.Text(written));
    }
    try {
      return block.with("input", Json.parse(written.isBlank() ? "{}" : written));
    } catch (JsonException e) {
      return new Fields(Json.Null.NULL); // cut short: nothing to go on from
    }
  }
}
