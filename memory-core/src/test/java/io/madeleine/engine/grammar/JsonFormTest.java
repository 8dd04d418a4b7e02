package io.madeleine.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.generation.TokenSet;
import io.madeleine.engine.json.Json;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.engine.tokenizer.Tokenizers;
import io.madeleine.engine.tokenizer.Vocabularies;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonFormTest {
  private static final Tokenizer TOKENIZER =
      Tokenizers.of(Vocabularies.bytePair("gpt-2", 600, 3), "gpt2", "gpt-2");
  private static final TokenTrie TRIE = TokenTrie.of(TOKENIZER);
  private static final List<String> SCHEMAS =
      List.of(
          """
          {"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"},
          "tags":{"type":"array","items":{"type":"string","maxLength":5},"minItems":1,"maxItems":3},
          "mood":{"enum":["glad","sad",null,3]},"ok":{"type":"boolean"}},"required":["name","mood"],
          "additionalProperties":false}""",
          """
          {"anyOf":[{"type":"object","properties":{"kind":{"const":"a"},"x":{"type":"number"}},
          "required":["kind","x"]},{"type":"object","properties":{"kind":{"const":"ab"},
          "y":{"type":["string","null"]}},"required":["kind"]},{"type":"null"}]}""",
          """
          {"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"value":{"type":"integer"},
          "children":{"type":"array","items":{"$ref":"#/$defs/node"},"maxItems":2}},"required":["value"]}}}""",
          """
          {"type":"object","additionalProperties":{"type":"array","items":{"type":"boolean"}}}""",
          """
          {"type":"array","items":{"oneOf":[{"type":"string","minLength":2,"maxLength":4},
          {"type":"object","properties":{"é\\"\\n":{"const":{"deep":[1,"ü"]}}}}]},"minItems":2}""",
          """
          {"type":"object","properties":{"anything":true,"more":{}},"required":["anything"]}""",
          "{\"type\":[\"integer\",\"string\"]}",
          "{\"type\":[\"integer\",\"null\"],\"minimum\":1,\"maximum\":5}",
          """
          {"type":"object","properties":{"id":{"type":"integer","minimum":-9007199254740991,
          "maximum":9007199254740991,"x-order":1,"example":7},"size":{"type":"integer",
          "exclusiveMinimum":0},"year":{"type":"integer","minimum":1899.5,"exclusiveMaximum":2101}},
          "required":["id","size","year"]}""",
          "{\"type\":\"string\",\"enum\":[\"a\",null,3]}",
          "{\"type\":[\"integer\",\"null\"],\"anyOf\":[{\"type\":\"number\"},{},{\"const\":\"no\"}]}",
          """
          {"type":"object","oneOf":[{"$ref":"#/$defs/a"},{"properties":{"b":{"const":1}}}],
          "$defs":{"a":{"type":["object","string"],"properties":{"a":{"type":"null"}}}}}""");

  /** The forms of the schemas, and of any object at the end. */
  private static final List<JsonForm> FORMS =
      IntStream.rangeClosed(0, SCHEMAS.size())
          .mapToObj(
              i ->
                  i < SCHEMAS.size()
                      ? JsonForm.of(Json.parse(SCHEMAS.get(i)), TOKENIZER, TRIE)
                      : JsonForm.anyObject(TOKENIZER, TRIE))
          .toList();

  private static JsonForm form(String schema) {
    return JsonForm.of(Json.parse(schema), TOKENIZER, TRIE);
  }

  /** Whether the form lets {@code text} through, token by token, and lets it end there. */
  private static boolean accepts(JsonForm form, String text) {
    TokenMask mask = form.newMask();
    for (int token : TOKENIZER.encode(text, false)) {
      if (!mask.allowed().contains(token)) {
        return false;
      }
      mask.accept(token);
    }
    return mask.mayEnd();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#many")
  void newMask_randomTokens_alwaysGivesJsonThatFits(long seed) {
    var random = new SplittableRandom(seed);
    int which = (int) (seed % FORMS.size());
    String text = wander(FORMS.get(which).newMask(), random);

    Json value = Json.parse(text);
    if (which < SCHEMAS.size()) {
      assertThat(new SchemaChecker(Json.parse(SCHEMAS.get(which))).fits(value)).as(text).isTrue();
    } else {
      assertThat(value).isInstanceOf(Json.Object.class);
    }
  }

  @Test
  void bytes_longTexts_areBoundedAndTheAnswerGoesOn() {
    int texts = 10;
    JsonForm form =
        form(
            """
            {"type":"array","minItems":%1$d,"maxItems":%1$d,"items":{"type":"string","maxLength":4000}}
            """
                .formatted(texts));
    String answer =
        "[" + String.join(",", Collections.nCopies(texts, "\"" + "a".repeat(4_000) + "\"")) + "]";
    long rules = form.bytes();
    TokenMask mask = form.newMask();
    long before = 0;
    int forgot = 0;

    for (String letter : answer.split("")) {
      mask.accept(TOKENIZER.encode(letter, false)[0]);
      long bytes = form.bytes();
      assertThat(bytes - rules).isLessThan(33L << 20);
      forgot += bytes < before ? 1 : 0;
      before = bytes;
    }
    assertThat(forgot).as("more places than there is room for").isPositive();
    assertThat(mask.mayEnd()).isTrue();
    assertThat(mask.allowed().size()).as("as long as it may be").isZero();
  }

  /** Takes any allowed token for a while, then those that close, and stops where it may. */
  private static String wander(TokenMask mask, SplittableRandom random) {
    var bytes = new java.io.ByteArrayOutputStream();
    int patience = random.nextInt(200);
    for (int i = 0; i < 20_000; i++) {
      TokenSet allowed = mask.allowed();
      boolean whole = mask.mayEnd() && (allowed.size() == 0 || random.nextInt(4) == 0);
      if (whole || (mask.mayEnd() && i > patience)) {
        return bytes.toString(StandardCharsets.UTF_8);
      }
      int token = i > patience ? closing(allowed, random) : any(allowed, random);
      mask.accept(token);
      bytes.writeBytes(TOKENIZER.bytes(token));
    }
    throw new AssertionError(
        "never ended: " + bytes.toString(StandardCharsets.UTF_8).substring(0, 3_000));
  }

  private static int any(TokenSet allowed, SplittableRandom random) {
    int[] ids = IntStream.range(0, TRIE.size()).filter(allowed::contains).toArray();
    return ids[random.nextInt(ids.length)];
  }

  private static int closing(TokenSet allowed, SplittableRandom random) {
    for (String text : List.of("\"", "}", "]")) {
      int id = TOKENIZER.encode(text, false)[0];
      if (allowed.contains(id)) {
        return id;
      }
    }
    return any(allowed, random);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#few")
  void allowed_everyToken_isWhatItsBytesSay(long seed) {
    var random = new SplittableRandom(seed);
    TokenMask mask = FORMS.get((int) (seed % FORMS.size())).newMask();
    TokenMask twin = FORMS.get((int) (seed % FORMS.size())).newMask();
    for (int i = 0; i < 20 && mask.allowed().size() > 0; i++) {
      TokenSet allowed = mask.allowed();
      for (int id = 0; id < TRIE.size(); id += random.nextInt(1, 20)) {
        assertThat(allowed.contains(id)).isEqualTo(isAccepted(mask, id));
      }
      int token = any(allowed, random);
      mask.accept(token);
      twin.accept(token);
    }
    assertThat(twin.allowed()).isSameAs(mask.allowed());
  }

  private static boolean isAccepted(TokenMask mask, int id) {
    try {
      ((JsonForm.Peek) mask).peek(id);
      return true;
    } catch (IllegalArgumentException refused) {
      return false;
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"name\":\"Ann\",\"mood\":\"glad\"}",
        "{\"name\": \"Ann\", \"age\": -12, \"mood\": null}",
        "{\n  \"name\": \"\\u00e9\\ud83e\\udd89 🦉\",\n  \"tags\": [\"a\", \"b\"],\n  \"mood\": 3,\n  \"ok\": true\n}",
      })
  void accepts_whatFits_isTrue(String text) {
    assertThat(accepts(FORMS.getFirst(), text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"name\":\"Ann\"}",
        "{\"mood\":\"glad\"}",
        "{\"name\":\"Ann\",\"mood\":\"cross\"}",
        "{\"name\":\"Ann\",\"mood\":\"glad\",\"x\":1}",
        "{\"name\":\"Ann\",\"mood\":\"glad\",}",
        "{\"name\":\"Ann\",\"age\":01,\"mood\":3}",
        "{\"name\":\"Ann\",\"tags\":[],\"mood\":3}",
        "{\"name\":\"Ann\",\"tags\":[\"toolong\"],\"mood\":3}",
        "{\"name\":\"\\ud83e\",\"mood\":3}",
        "{\"name\":\"a\nb\",\"mood\":3}",
        "{'name':\"Ann\",\"mood\":3}",
        "[]",
        "{\"name\":\"Ann\",\"mood\":3} x"
      })
  void accepts_whatDoesNotFit_isFalse(String text) {
    assertThat(accepts(FORMS.getFirst(), text)).isFalse();
  }

  @Test
  void of_schemaThatOnlyRequiresItself_isRefused() {
    assertThatThrownBy(
            () ->
                form(
                    """
                    {"type":"object","properties":{"next":{"$ref":"#"}},"required":["next"]}"""))
        .hasMessageContaining("requires itself");
  }

  @Test
  void of_typesThatExcludeEachOther_isRefused() {
    assertThatThrownBy(() -> form("{\"type\":\"string\",\"enum\":[1,null]}"))
        .hasMessageContaining("no finite JSON fits");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"minimum\":0,\"maximum\":0",
        "\"minimum\":-3,\"maximum\":12",
        "\"minimum\":98,\"maximum\":1203",
        "\"minimum\":995,\"maximum\":1005",
        "\"minimum\":40,\"exclusiveMaximum\":50",
        "\"exclusiveMinimum\":-1000,\"exclusiveMaximum\":-7",
        "\"minimum\":-99.5,\"maximum\":99.5",
        "\"minimum\":1300",
        "\"maximum\":-1300",
        "\"minimum\":-9007199254740991,\"maximum\":9007199254740991"
      })
  void accepts_integer_isWhatTheBoundsSay(String bounds) {
    String schema = "{\"type\":\"integer\"," + bounds + "}";
    JsonForm form = form(schema);
    var checker = new SchemaChecker(Json.parse(schema));
    LongStream.concat(
            LongStream.rangeClosed(-1_400, 1_400),
            LongStream.of(9_007_199_254_740_991L, 9_007_199_254_740_992L, -9_007_199_254_740_992L))
        .mapToObj(Long::toString)
        .forEach(
            written ->
                assertThat(accepts(form, written))
                    .as(written)
                    .isEqualTo(checker.fits(Json.parse(written))));
    assertThat(accepts(form, "007")).isFalse();
    assertThat(accepts(form, "1.5")).isFalse();
  }

  @Test
  void of_manyIntegersWithWideBounds_isFarBelowTheBound() {
    String properties =
        IntStream.range(0, 500)
            .mapToObj(
                i ->
                    "\"p%d\":{\"type\":\"integer\",\"minimum\":-9007199254740991,\"maximum\":%d}"
                        .formatted(i, 9007199254740991L))
            .collect(Collectors.joining(",", "{\"type\":\"object\",\"properties\":{", "}}"));
    var rules = new Rules();
    int rule = new SchemaRules(rules, new JsonRules(rules), Json.parse(properties)).compile();

    assertThat(rules.start(rule)).isNotEqualTo(rules.end(rule));
    assertThat(rules.states()).isLessThan(50_000);
  }

  @Test
  void of_fewBytesThatCountVeryFar_isRefusedWithTheRemedy() {
    assertThatThrownBy(() -> form(texts(500, 4_096)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("500,000 states")
        .hasMessageContaining("maxLength lower");
  }

  @Test
  void of_manyPropertiesOfUsualLength_isFarBelowTheBound() {
    var rules = new Rules();
    int rule = new SchemaRules(rules, new JsonRules(rules), Json.parse(texts(100, 255))).compile();

    assertThat(rules.start(rule)).isNotEqualTo(rules.end(rule));
    assertThat(rules.states()).isLessThan(50_000);
  }

  @Test
  void of_thousandsOfRequiredProperties_takesTimeInProportion() {
    Rules some = required(1_000);
    Rules many = required(8_000);

    assertThat(Needs.of(some).visits()).isLessThan(10L * some.states());
    assertThat(Needs.of(many).visits()).isLessThan(10L * many.states());
    assertThat(many.states()).isBetween(7 * some.states(), 9 * some.states());
  }

  private static Rules required(int properties) {
    List<String> names = IntStream.range(0, properties).mapToObj(i -> "\"" + i + "\"").toList();
    String schema =
        "{\"properties\":{%s},\"required\":%s}"
            .formatted(
                names.stream().map(n -> n + ":true").collect(Collectors.joining(",")), names);
    var rules = new Rules();
    rules.close(new SchemaRules(rules, new JsonRules(rules), Json.parse(schema)).compile());
    return rules;
  }

  @Test
  void close_everySchema_findsTheLeastNeeds() {
    for (String schema : SCHEMAS) {
      var rules = new Rules();
      rules.close(new SchemaRules(rules, new JsonRules(rules), Json.parse(schema)).compile());

      assertThat(Needs.of(rules).byState()).isEqualTo(needsBySweeps(rules));
    }
  }

  /** The slow twin: goes over all states until nothing falls any more. */
  private static int[] needsBySweeps(Rules rules) {
    int[] needs = new int[rules.states()];
    Arrays.setAll(needs, state -> rules.isEnd(state) ? 0 : Needs.NEVER);
    for (boolean changed = true; changed; ) {
      int[] before = needs.clone();
      for (int state = 0; state < needs.length; state++) {
        for (Rules.Edge edge : rules.edges(state)) {
          int called =
              edge instanceof Rules.Edge.Call(int rule, int to) ? 1 + needs[rules.start(rule)] : 0;
          needs[state] = Math.min(needs[state], Math.max(needs[edge.to()], called));
        }
      }
      changed = !Arrays.equals(before, needs);
    }
    return needs;
  }

  /** An object of strings that are bounded. */
  private static String texts(int properties, int maxLength) {
    return IntStream.range(0, properties)
        .mapToObj(i -> "\"p%d\":{\"type\":\"string\",\"maxLength\":%d}".formatted(i, maxLength))
        .collect(Collectors.joining(",", "{\"type\":\"object\",\"properties\":{", "}}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"string\",\"pattern\":\"a+\"}",
        "{\"type\":\"number\",\"minimum\":3}",
        "{\"type\":[\"number\",\"null\"],\"minimum\":3}",
        "{\"minimum\":3}",
        "{\"type\":\"integer\",\"minimum\":3,\"maximum\":2}",
        "{\"type\":\"integer\",\"exclusiveMinimum\":true}",
        "{\"type\":\"integer\",\"minimum\":1e999999999}",
        "{\"type\":\"integer\",\"minimum\":1e-999999999}",
        "{\"type\":\"integer\",\"maximum\":1e99999999999}",
        "{\"type\":[\"string\",\"null\"],\"pattern\":\"^[A-Z]{2}$\"}",
        "{\"items\":{\"type\":\"string\"},\"uniqueItems\":true}",
        "{\"properties\":{\"a\":{}},\"minProperties\":1}",
        "{\"enum\":[\"a\",\"bb\"],\"minLength\":2}",
        "{\"anyOf\":[{\"type\":\"string\"}],\"oneOf\":[{\"type\":\"null\"}]}",
        "{\"type\":\"string\",\"maxLength\":\"3\"}",
        "{\"type\":\"string\",\"maxLength\":4294967297}",
        "{\"type\":\"string\",\"maxLength\":2.5}",
        "{\"type\":\"object\",\"properties\":[\"a\"]}",
        "{\"type\":\"object\",\"properties\":{\"a\":{}},\"required\":\"a\"}",
        "{\"not\":{}}",
        "{\"$ref\":\"#/nowhere\"}",
        "{\"$ref\":\"http://x\"}",
        "{\"type\":\"array\",\"items\":{},\"minItems\":3,\"maxItems\":2}",
        "{\"type\":\"array\",\"maxItems\":1000000000}",
        "{\"type\":\"date\"}",
        "false",
        "{\"enum\":[]}"
      })
  void of_whatCannotBeEnforced_isRefusedByName(String schema) {
    assertThatThrownBy(() -> form(schema))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cannot be enforced");
  }

  @Test
  void newMask_nestingWithoutEnd_isClosedInTime() {
    TokenMask mask = FORMS.getLast().newMask();
    int array = TOKENIZER.encode("[", false)[0];
    for (int token : TOKENIZER.encode("{\"a\":", false)) {
      mask.accept(token);
    }
    int deep = 0;
    while (mask.allowed().contains(array)) {
      mask.accept(array);
      deep++;
    }

    assertThat(deep).isBetween(20, 200);
    assertThat(mask.allowed().contains(TOKENIZER.encode("]", false)[0])).isTrue();
  }
}
