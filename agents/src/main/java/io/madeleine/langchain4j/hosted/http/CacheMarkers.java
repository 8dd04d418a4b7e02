package io.madeleine.langchain4j.hosted.http;

import io.madeleine.engine.json.Json;
import io.madeleine.langchain4j.hosted.Fields;
import io.madeleine.langchain4j.hosted.HostedProvider;
import io.madeleine.langchain4j.hosted.HostedSetting;
import io.madeleine.langchain4j.hosted.HostedSetting.Lifetime;
import io.madeleine.langchain4j.hosted.HostedSetting.None;
import io.madeleine.langchain4j.hosted.HostedTtl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a setting into a request's body. Anthropic and Bedrock take four markers: after the tools,
 * after the instruction, after what a person said last, and at the end. All are the same, since a
 * longer life must not stand behind a shorter one, and only what is new is paid for. What
 * LangChain4j marked by itself is replaced.
 */
final class CacheMarkers {

  private CacheMarkers() {}

  /**
   * {@return the body with the settings in it}
   *
   * @param setting for what is new in it
   * @param key keeps the requests of one conversation together
   */
  static Json mark(HostedProvider provider, Json body, HostedSetting setting, String key) {
    var fields = new Fields(body);
    return switch (provider) {
      case ANTHROPIC -> anthropic(fields, setting).value();
      case BEDROCK -> bedrock(fields, setting).value();
      case OPENAI -> openAi(fields, setting, key).value();
      case OPENAI_EXPLICIT -> explicit(fields, setting, key).value();
      case GEMINI -> body;
    };
  }

  private static Fields openAi(Fields body, HostedSetting setting, String key) {
    Fields keyed = keyed(body, key);
    return setting instanceof Lifetime
        ? keyed.with("prompt_cache_retention", new Json.Text("24h"))
        : keyed;
  }

  private static Fields explicit(Fields body, HostedSetting setting, String key) {
    // Explicit without a breakpoint: nothing is written, and nothing paid for writing.
    String mode = setting instanceof None ? "explicit" : "implicit";
    return keyed(body, key)
        .with("prompt_cache_options", new Json.Object(Map.of("mode", new Json.Text(mode))));
  }

  private static Fields keyed(Fields body, String key) {
    return body.has("prompt_cache_key") ? body : body.with("prompt_cache_key", new Json.Text(key));
  }

  private static Fields anthropic(Fields body, HostedSetting setting) {
    Fields marked = body;
    if (body.has("tools")) {
      marked = marked.with("tools", toolsMarked(unmarked(body.list("tools")), setting));
    }
    if (body.has("system")) {
      marked = marked.with("system", lastMarked(unmarked(blocks(body.at("system"))), setting));
    }
    List<Fields> messages = body.list("messages");
    int said = lastSaid(messages, "tool_result");
    var result = new ArrayList<Json>();
    for (int i = 0; i < messages.size(); i++) {
      List<Fields> content = unmarked(blocks(messages.get(i).at("content")));
      boolean last = i == messages.size() - 1;
      Json written = i == said || last ? lastMarked(content, setting) : array(content);
      result.add(messages.get(i).with("content", written).value());
    }
    return marked.with("messages", new Json.Array(result));
  }

  private static Fields bedrock(Fields body, HostedSetting setting) {
    Fields marked = body;
    Fields tools = body.at("toolConfig");
    if (tools.has("tools")) {
      marked =
          marked.with(
              "toolConfig", tools.with("tools", pointed(tools.list("tools"), setting)).value());
    }
    if (body.has("system")) {
      marked = marked.with("system", pointed(body.list("system"), setting));
    }
    List<Fields> messages = body.list("messages");
    int said = lastSaid(messages, "toolResult");
    var result = new ArrayList<Json>();
    for (int i = 0; i < messages.size(); i++) {
      List<Fields> content = messages.get(i).list("content");
      boolean last = i == messages.size() - 1;
      Json written = i == said || last ? pointed(content, setting) : array(content);
      result.add(messages.get(i).with("content", written).value());
    }
    return marked.with("messages", new Json.Array(result));
  }

  /** {@return the index of what a person said last; −1 if nobody said anything} */
  private static int lastSaid(List<Fields> messages, String toolResult) {
    for (int i = messages.size() - 1; i >= 0; i--) {
      boolean result =
          messages.get(i).list("content").stream()
              .anyMatch(block -> block.has(toolResult) || block.text("type").equals(toolResult));
      if (messages.get(i).text("role").equals("user") && !result) {
        return i;
      }
    }
    return -1;
  }

  /** A string is one block of text. */
  private static List<Fields> blocks(Fields content) {
    if (content.value() instanceof Json.Text text) {
      var block = new LinkedHashMap<String, Json>();
      block.put("type", new Json.Text("text"));
      block.put("text", text);
      return List.of(new Fields(new Json.Object(block)));
    }
    return content.value() instanceof Json.Array(List<Json> items)
        ? items.stream().map(Fields::new).toList()
        : List.of();
  }

  private static List<Fields> unmarked(List<Fields> blocks) {
    return blocks.stream().map(CacheMarkers::unmarked).toList();
  }

  private static Fields unmarked(Fields block) {
    if (!(block.value() instanceof Json.Object(Map<String, Json> members))) {
      return block;
    }
    var rest = new LinkedHashMap<>(members);
    rest.remove("cache_control");
    return new Fields(new Json.Object(rest));
  }

  /** A deferred tool is no part of the prefix, and Anthropic refuses a request that marks one. */
  private static Json toolsMarked(List<Fields> tools, HostedSetting setting) {
    int last = tools.size() - 1;
    while (last >= 0 && tools.get(last).at("defer_loading").value().equals(new Json.Bool(true))) {
      last--;
    }
    return marked(tools, last, setting);
  }

  private static Json lastMarked(List<Fields> blocks, HostedSetting setting) {
    return marked(blocks, blocks.size() - 1, setting);
  }

  private static Json marked(List<Fields> blocks, int index, HostedSetting setting) {
    if (index < 0 || !(setting instanceof Lifetime(Duration life))) {
      return array(blocks);
    }
    var control = new LinkedHashMap<String, Json>();
    control.put("type", new Json.Text("ephemeral"));
    control.put("ttl", new Json.Text(name(life)));
    var marked = new ArrayList<>(blocks);
    marked.set(index, blocks.get(index).with("cache_control", new Json.Object(control)));
    return array(marked);
  }

  private static Json pointed(List<Fields> blocks, HostedSetting setting) {
    if (blocks.isEmpty() || !(setting instanceof Lifetime(Duration life))) {
      return array(blocks);
    }
    var point = new LinkedHashMap<String, Json>();
    point.put("type", new Json.Text("default"));
    point.put("ttl", new Json.Text(name(life)));
    var marked =
        new ArrayList<>(blocks.stream().filter(block -> !block.has("cachePoint")).toList());
    marked.add(new Fields(new Json.Object(Map.of("cachePoint", new Json.Object(point)))));
    return array(marked);
  }

  private static String name(Duration life) {
    return life.compareTo(HostedTtl.LONG) >= 0 ? "1h" : "5m";
  }

  private static Json array(List<Fields> blocks) {
    return new Json.Array(blocks.stream().map(Fields::value).toList());
  }
}
