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
 * @param told the dialogue before it, in the model's own words
 * @param question in words
 * @param prompt ids of the dialogue and the question
 * @param answer ids of the greedy answer, the token that ends it included
 * @param text the answer in words
 * @param best the five best first tokens and their logits, best first
 */
record Golden(
    String told,
    String question,
    List<Integer> prompt,
    List<Integer> answer,
    String text,
    List<Best> best) {

  /** Ends an answer. */
  static final int END = 4;

  /** Begins what a tool says, and so ends a call. */
  static final int RESULT = 6;

  /** No answer is longer. */
  static final int LONGEST = 40;

  /** A token and its logit. */
  record Best(int token, double logit) {}

  static Stream<Golden> cases() {
    return array(member(root(), "cases")).map(Golden::of);
  }

  /** {@return the whole prompt in the model's own words} */
  String words() {
    return told + "<|user|> " + question + "<|assistant|>";
  }

  /** {@return whether an answer goes on behind these tokens} */
  static boolean goesOn(List<Integer> answer) {
    int last = answer.getLast();
    return last != END && last != RESULT && answer.size() < LONGEST;
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
        text(member(json, "told")),
        text(member(json, "question")),
        ids(member(json, "prompt_ids")),
        ids(member(json, "answer_ids")),
        text(member(json, "answer")),
        array(member(json, "first_top5")).map(Golden::best).toList());
  }

  private static Best best(Json pair) {
    List<Json> both = array(pair).toList();
    return new Best(
        ((Json.Number) both.getFirst()).value().intValueExact(),
        ((Json.Number) both.getLast()).value().doubleValue());
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
