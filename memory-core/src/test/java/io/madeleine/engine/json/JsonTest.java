package io.madeleine.engine.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "true",
        "-0.5e+10",
        "\"\"",
        "[]",
        "{}",
        "{\"b\":1,\"a\":[true,{\"é\\n\\\"\":\"🦉\"}]}",
        "[1,2.50,1E2]"
      })
  void write_whatWasParsed_givesTheTextBack(String text) {
    assertThat(Json.parse(text).write()).isEqualTo(text);
  }

  @Test
  void parse_escapes_areRead() {
    assertThat(Json.parse(" \"\\u00e9\\ud83e\\udd89\\/\\b\" ")).isEqualTo(new Json.Text("é🦉/\b"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{'a':1}",
        "01",
        "1.",
        ".5",
        "+1",
        "NaN",
        "tru",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\n\"",
        "[1] 2",
        "{\"a\" 1}",
        "[1 2]",
        "\u0000"
      })
  void parse_whatIsNotJson_namesThePosition(String text) {
    assertThatThrownBy(() -> Json.parse(text))
        .isInstanceOf(JsonException.class)
        .hasMessageContaining("not JSON at character");
  }

  @Test
  void parse_nestedWithoutEnd_isRefused() {
    assertThatThrownBy(() -> Json.parse("[".repeat(100_000))).hasMessageContaining("deeper than");
  }

  @Test
  void parsePrefix_textBehind_saysWhereItStarts() {
    assertThat(Json.parsePrefix("x {\"a\":1} y", 1).end()).isEqualTo(9);
  }

  @Test
  void write_indented_putsOneMemberOnALine() {
    var writer = new JsonWriter(", ", ": ", 2, false);

    assertThat(writer.write(Json.parse("{\"a\":[1,{}],\"b\":[]}")))
        .isEqualTo("{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}");
  }
}
