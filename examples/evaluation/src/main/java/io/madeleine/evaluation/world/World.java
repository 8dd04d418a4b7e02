// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.world;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The world of the pocket model, as its trainer knows it: {@code world.json} of {@code
 * madeleine-pocket}. Immutable.
 */
public final class World {

  private static final String RESOURCE = "/io/madeleine/pocket/world.json";

  private final JsonNode root;
  private final Words words;
  private final Map<String, Relation> relations;
  private final List<Attribute> attributes;
  private final Map<String, List<Attribute>> byTopic;
  private final List<ToolKind> tools;

  /**
   * How someone can be related to the user.
   *
   * @param gender "she", "he", or empty where it can be either
   * @param several whether there can be more than one
   */
  public record Relation(String gender, boolean several) {}

  /** What a user says for company, and the reply. */
  public record SmallTalk(String user, String reply) {}

  private World(JsonNode root) {
    this.root = root;
    this.words = Words.of(root);
    this.relations =
        entries(
            root.get("relations"),
            n -> new Relation(n.get("gender").asText(), n.get("several").asBoolean()));
    this.attributes = list(root.get("attributes"), World::attribute);
    this.byTopic = new LinkedHashMap<>();
    for (String topic : topics()) {
      byTopic.put(topic, list(root.get("attributes"), topic, World::attribute));
    }
    this.tools = list(root.get("tools"), World::tool);
  }

  /** {@return the world in the jar of the pocket model} */
  public static World load() {
    try (InputStream in = World.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing: put madeleine-pocket on the path");
      }
      return new World(JsonMapper.builder().build().readTree(in));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + RESOURCE, e);
    }
  }

  /** {@return a value of a kind; with {@code heldOut} a word that training never shows} */
  public String value(Dice dice, String kind, boolean heldOut) {
    return words.value(dice, kind, heldOut);
  }

  /** {@return the values of a closed kind, such as the weekdays} */
  public List<String> closed(String kind) {
    return words.closed(kind);
  }

  /** {@return the names that the attribute's parameter can take; empty where it has none} */
  public List<String> params(Attribute attribute) {
    return switch (attribute.param()) {
      case "" -> List.of();
      case "relation" -> List.copyOf(relations.keySet());
      default -> words.closed(attribute.param());
    };
  }

  /** {@return all attributes, in the order of the file} */
  public List<Attribute> attributes() {
    return attributes;
  }

  /** {@return the attributes of a topic} */
  public List<Attribute> attributes(String topic) {
    return byTopic.getOrDefault(topic, List.of());
  }

  /** {@return the attribute with this id} */
  public Attribute attribute(String id) {
    return attributes.stream()
        .filter(a -> a.id().equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("the world has no attribute " + id));
  }

  /** {@return the relations by name, in the order of the file} */
  public Map<String, Relation> relations() {
    return relations;
  }

  /** {@return the tools} */
  public List<ToolKind> tools() {
    return tools;
  }

  /** {@return the topics; one that comes more often stands twice} */
  public List<String> topics() {
    return strings(root, "topics");
  }

  /** {@return a single wording, such as {@code unknown} or {@code kinship}} */
  public String wording(String key) {
    return root.get(key).asText();
  }

  /** {@return a list of wordings, such as {@code prefixes}} */
  public List<String> wordings(String key) {
    return strings(root, key);
  }

  /** {@return the openers of a topic} */
  public List<String> openers(String topic) {
    return strings(root.get("openers"), topic);
  }

  /** {@return small talk of a topic} */
  public List<SmallTalk> smallTalk(String topic) {
    return list(root.get("smallTalk").get(topic), World::smallTalk);
  }

  /** {@return small talk that fits everywhere} */
  public List<SmallTalk> chat() {
    return list(root.get("chat"), World::smallTalk);
  }

  /** {@return how a second person with the same relation is told, asked for and recalled} */
  public Attribute several() {
    return attribute(root.get("several"));
  }

  private static SmallTalk smallTalk(JsonNode n) {
    return new SmallTalk(n.get(0).asText(), n.get(1).asText());
  }

  private static Attribute attribute(JsonNode n) {
    JsonNode held = n.path("heldOut");
    return new Attribute(
        n.path("id").asText(),
        n.path("value").isTextual() ? n.get("value").asText() : "",
        n.path("param").asText(),
        n.path("impersonal").asBoolean(),
        n.get("answer").asText(),
        strings(n, "state"),
        strings(n, "update"),
        n.path("deny").asText(),
        strings(n, "ask"),
        strings(n, "indirect"),
        strings(n, "yesno"),
        strings(n, "who"),
        new Attribute.HeldOut(strings(held, "state"), strings(held, "ask")));
  }

  private static ToolKind tool(JsonNode n) {
    List<ToolKind.ValueKind> values =
        list(
            n.get("value"),
            v -> new ToolKind.ValueKind(v.get(0).asText(), v.path(1).asInt(), v.path(2).asInt()));
    return new ToolKind(
        attribute(n),
        values,
        n.get("call").asText(),
        n.get("result").asText(),
        n.get("said").asText(),
        strings(n, "request"),
        strings(n, "reply"));
  }

  private static List<Attribute> list(
      JsonNode nodes, String topic, Function<JsonNode, Attribute> read) {
    return nodes
        .valueStream()
        .filter(n -> n.path("topic").asText().equals(topic))
        .map(read)
        .toList();
  }

  static List<String> strings(JsonNode node, String key) {
    return list(node.path(key), JsonNode::asText);
  }

  static <T> List<T> list(JsonNode nodes, Function<JsonNode, T> read) {
    return nodes.valueStream().map(read).toList();
  }

  static <T> Map<String, T> entries(JsonNode node, Function<JsonNode, T> read) {
    Map<String, T> map = new LinkedHashMap<>();
    node.propertyStream().forEach(e -> map.put(e.getKey(), read.apply(e.getValue())));
    return map;
  }
}
