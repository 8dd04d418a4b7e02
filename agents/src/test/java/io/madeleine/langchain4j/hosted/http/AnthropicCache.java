package io.madeleine.langchain4j.hosted.http;

import io.madeleine.engine.json.Json;
import io.madeleine.langchain4j.hosted.CacheUsage;
import io.madeleine.langchain4j.hosted.Fields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Anthropic's prompt cache by its documentation: an entry is written at a marker and nowhere else,
 * and a marker finds the longest entry that ends in one of 20 blocks, its own the first of them.
 * Four characters are a token. Refuses what Anthropic refuses.
 */
final class AnthropicCache {

  private static final int MINIMUM = 1024;

  private final Map<String, Entry> entries = new HashMap<>();

  private record Block(String text, String ttl) {}

  private record Entry(double lifeSeconds, double usedAt) {
    boolean lives(double now) {
      return now - usedAt <= lifeSeconds;
    }
  }

  /** {@return what of a request is read, what is written, and what is paid for as it is} */
  CacheUsage ask(Json body, double now) {
    List<Block> blocks = blocks(new Fields(body));
    checkMarkers(blocks);
    var prefix = new StringBuilder();
    var prefixes = new ArrayList<String>();
    blocks.forEach(block -> prefixes.add(prefix.append(block.text()).append('\n').toString()));
    long read = 0;
    long marked = 0;
    long hour = 0;
    for (int i = 0; i < blocks.size(); i++) {
      long tokens = tokens(prefixes.get(i));
      if (!blocks.get(i).ttl().isEmpty() && tokens >= MINIMUM) {
        marked = tokens;
        hour = blocks.get(i).ttl().equals("1h") ? tokens : hour;
        for (int back = i; back >= Math.max(0, i - 19); back--) {
          Entry entry = entries.get(prefixes.get(back));
          if (entry != null && entry.lives(now)) {
            read = Math.max(read, tokens(prefixes.get(back)));
            break;
          }
        }
      }
    }
    keep(prefixes, read, now);
    write(blocks, prefixes, now);
    long all = tokens(prefixes.getLast());
    long longWritten = Math.max(0, hour - read);
    return new CacheUsage(
        all - marked, read, marked - read - longWritten, longWritten, /* output= */ 1);
  }

  /** {@return tokens of a request} */
  static long tokens(Json body) {
    return blocks(new Fields(body)).stream().mapToLong(block -> block.text().length() + 1).sum()
        / 4;
  }

  private static long tokens(String text) {
    return text.length() / 4;
  }

  /** Reading prolongs what was read and what is in it. */
  private void keep(List<String> prefixes, long read, double now) {
    for (String prefix : prefixes) {
      Entry entry = entries.get(prefix);
      if (tokens(prefix) <= read && entry != null && entry.lives(now)) {
        entries.put(prefix, new Entry(entry.lifeSeconds(), now));
      }
    }
  }

  private void write(List<Block> blocks, List<String> prefixes, double now) {
    for (int i = 0; i < blocks.size(); i++) {
      String ttl = blocks.get(i).ttl();
      Entry before = entries.get(prefixes.get(i));
      boolean isThere = before != null && before.lives(now);
      if (!ttl.isEmpty() && tokens(prefixes.get(i)) >= MINIMUM && !isThere) {
        entries.put(prefixes.get(i), new Entry(ttl.equals("1h") ? 3_600 : 300, now));
      }
    }
  }

  private static void checkMarkers(List<Block> blocks) {
    List<String> lives = blocks.stream().map(Block::ttl).filter(ttl -> !ttl.isEmpty()).toList();
    if (lives.size() > 4) {
      throw new IllegalArgumentException("more than four markers: " + lives);
    }
    if (lives.contains("5m") && lives.lastIndexOf("1h") > lives.indexOf("5m")) {
      throw new IllegalArgumentException("a longer life behind a shorter one: " + lives);
    }
  }

  private static List<Block> blocks(Fields body) {
    var blocks = new ArrayList<Block>();
    body.list("tools").forEach(tool -> blocks.add(block("tools", tool)));
    contents(body.at("system")).forEach(text -> blocks.add(block("system", text)));
    for (Fields message : body.list("messages")) {
      contents(message.at("content"))
          .forEach(content -> blocks.add(block(message.text("role"), content)));
    }
    return blocks;
  }

  private static List<Fields> contents(Fields content) {
    if (content.value() instanceof Json.Text text) {
      return List.of(
          new Fields(new Json.Object(Map.of("type", new Json.Text("text")))).with("text", text));
    }
    return content.value() instanceof Json.Array(List<Json> items)
        ? items.stream().map(Fields::new).toList()
        : List.of();
  }

  private static Block block(String where, Fields content) {
    String ttl = content.at("cache_control").text("ttl");
    return new Block(where + content.without("cache_control").value().write(), ttl);
  }
}
