package io.madeleine.langchain4j.hosted.http;

import io.madeleine.engine.json.Json;
import io.madeleine.langchain4j.hosted.Fields;
import java.util.ArrayList;
import java.util.List;

/** What requests and answers of all providers say alike: messages, results of tools, calls. */
final class Exchange {

  private Exchange() {}

  /**
   * {@return the messages of a request, whatever its provider calls them; none if it asks for no
   * answer} Texts and tokens that are to be embedded come in a list, too.
   */
  static List<Fields> messages(Fields body) {
    for (String name : List.of("messages", "contents", "input")) {
      List<Fields> messages = body.list(name);
      if (!messages.isEmpty()) {
        return messages.stream().allMatch(Exchange::isObject) ? messages : List.of();
      }
    }
    return List.of();
  }

  private static boolean isObject(Fields fields) {
    return fields.value() instanceof Json.Object;
  }

  /** {@return whether a message brings what tools gave back, and not what a person says} */
  static boolean bringsResults(Fields message) {
    boolean inside =
        message.list("content").stream()
            .anyMatch(block -> block.text("type").equals("tool_result") || block.has("toolResult"));
    boolean part = message.list("parts").stream().anyMatch(one -> one.has("functionResponse"));
    return inside
        || part
        || message.text("role").equals("tool")
        || message.text("type").equals("function_call_output");
  }

  /** {@return whether a request's answer may call tools, at Anthropic or Bedrock} */
  static boolean hasTools(Fields body) {
    return body.has("tools") || body.at("toolConfig").has("tools");
  }

  /** {@return names of the tools that an answer, or an event of it, calls} */
  static List<String> tools(Fields answer) {
    var names = new ArrayList<String>();
    Fields block = answer.at("content_block");
    if (block.text("type").equals("tool_use")) {
      names.add(block.text("name"));
    }
    for (Fields each : answer.list("content")) {
      if (each.text("type").equals("tool_use")) {
        names.add(each.text("name"));
      }
    }
    for (Fields choice : answer.list("choices")) {
      for (String where : List.of("message", "delta")) {
        choice
            .at(where)
            .list("tool_calls")
            .forEach(call -> names.add(call.at("function").text("name")));
      }
    }
    for (Fields item : answer.list("output")) {
      if (item.text("type").equals("function_call")) {
        names.add(item.text("name"));
      }
    }
    names.removeIf(String::isBlank);
    return names;
  }
}
