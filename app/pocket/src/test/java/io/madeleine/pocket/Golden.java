package io.madeleine.pocket;

import io.madeleine.engine.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/**
 * A question that the trainer's own engine answered, token by token.
 *
 * @param question in words
 * @param prompt ids of the dialogue and the question
 * @param answer ids of the greedy answer, the end token included
 * @param text the answer in words
 */
record Golden(String question, List<Integer> prompt, List<Integer> answer, String text) {

  static Stream<Golden> cases() {
    return array(member(root(), "cases")).map(Golden::of);
  }

  /** {@return the dialogue in front of each question, in the model's own words} */
  static String dialogue() {
    return text(member(root(), "dialogue"));
  }

  private static Json root() {
    try (InputStream in = Golden.class.getResourceAsStream("pocket_golden.json")) {
      if (in == null) {
        throw new IllegalStateException("pocket_golden.json is no test resource");
      }
      return Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Golden of(Json json) {
    return new Golden(
        text(member(json, "question")),
        ids(member(json, "prompt_ids")),
        ids(member(json, "answer_ids")),
        text(member(json, "answer")));
  }

  private static List<Integer> ids(Json json) {
    return array(json).map(id -> ((Json.Number) id).value().intValueExact()).toList();
  }

  private static Stream<Json> array(Json json) {
    return ((Json.Array) json).items().stream();
  }

  private static Json member(Json json, String name) {
    return ((Json.Object) json).find(name).orElseThrow();
  }

  private static String text(Json json) {
    return ((Json.Text) json).value();
  }

  @Override
  public String toString() {
    return question;
  }
}
