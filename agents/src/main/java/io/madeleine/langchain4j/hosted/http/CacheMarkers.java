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
 * after the instruction, before what a person said last, and at the end (see {@link MarkerPlaces}).
 * In a conversation that grows all are the same, since a longer life must not stand behind a
 * shorter one, and only what is new is paid for. What LangChain4j marked by itself is replaced.
 */
final class CacheMarkers {

  private CacheMarkers() {}

  /**
   * {@return the body with the settings in it}
   *
   * @param marking what is marked, and for how long; whoever takes no markers is told its front
   * @param key keeps the requests of one conversation together
   */
  static Json mark(HostedProvider provider, Json body, Marking marking, String key) {
    var fields = new Fields(body);
    return switch (provider) {
      case ANTHROPIC -> anthropic(fields, marking).value();
      case BEDROCK -> bedrock(fields, marking).value();
      case OPENAI -> openAi(fields, marking.front(), key).value();
      case OPENAI_EXPLICIT -> explicit(fields, marking.front(), key).value();
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

  private static Fields anthropic(Fields body, Marking marking) {
    List<Fields> messages = body.list("messages");
    var places = MarkerPlaces.of(messages, body.has("system"), marking.extent());
    Fields marked = body;
    if (body.has("tools")) {
      List<Fields> tools = unmarked(body.list("tools"));
      HostedSetting setting = places.tools() ? marking.front() : new None();
      marked = marked.with("tools", toolsMarked(tools, setting));
    }
    if (body.has("system")) {
      List<Fields> system = unmarked(blocks(body.at("system")));
      marked = marked.with("system", lastMarked(system, marking.front()));
    }
    var result = new ArrayList<Json>();
    for (int i = 0; i < messages.size(); i++) {
      List<Fields> content = unmarked(blocks(messages.get(i).at("content")));
      Json written = lastMarked(content, setting(places, i, messages.size(), marking));
      result.add(messages.get(i).with("content", written).value());
    }
    return marked.with("messages", new Json.Array(result));
  }

  private static Fields bedrock(Fields body, Marking marking) {
    List<Fields> messages = body.list("messages");
    var places = MarkerPlaces.of(messages, body.has("system"), marking.extent());
    Fields marked = body;
    Fields tools = body.at("toolConfig");
    if (tools.has("tools")) {
      HostedSetting setting = places.tools() ? marking.front() : new None();
      Json pointed = pointed(tools.list("tools"), setting);
      marked = marked.with("toolConfig", tools.with("tools", pointed).value());
    }
    if (body.has("system")) {
      marked = marked.with("system", pointed(body.list("system"), marking.front()));
    }
    var result = new ArrayList<Json>();
    for (int i = 0; i < messages.size(); i++) {
      List<Fields> content = messages.get(i).list("content");
      Json written = pointed(content, setting(places, i, messages.size(), marking));
      result.add(messages.get(i).with("content", written).value());
    }
    return marked.with("messages", new Json.Array(result));
  }

  private static HostedSetting setting(MarkerPlaces places, int index, int size, Marking marking) {
    if (index == size - 1) {
      return marking.end();
    }
    return places.messages().contains(index) ? marking.front() : new None();
  }

  /** {@return a message as it reads without markers} */
  static Json plain(Fields message) {
    return message.with("content", array(unmarked(blocks(message.at("content"))))).value();
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
    int last = blocks.size() - 1;
    while (last >= 0 && !takesMarker(blocks.get(last))) {
      last--;
    }
    return marked(blocks, last, setting);
  }

  /** Anthropic refuses markers at empty texts and at thoughts. */
  private static boolean takesMarker(Fields block) {
    return switch (block.text("type")) {
      case "thinking", "redacted_thinking" -> false;
      case "text" -> !block.text("text").isBlank();
      default -> true;
    };
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
    List<Fields> plain = blocks.stream().filter(block -> !block.has("cachePoint")).toList();
    if (plain.isEmpty() || !(setting instanceof Lifetime(Duration life))) {
      return array(plain);
    }
    var point = new LinkedHashMap<String, Json>();
    point.put("type", new Json.Text("default"));
    point.put("ttl", new Json.Text(name(life)));
    var marked = new ArrayList<>(plain);
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
