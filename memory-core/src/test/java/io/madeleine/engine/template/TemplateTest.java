package io.madeleine.engine.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.json.Json;
import io.madeleine.engine.template.value.TemplateException;
import java.time.Clock;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a template is refused for, and what a hostile one may cost. */
final class TemplateTest {
  private static final Json.Object NOTHING = new Json.Object(Map.of());

  private static String render(String source) {
    return Template.parse(source).render(NOTHING, Clock.systemUTC());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "{{ x | frobnicate }} ~ unknown filter 'frobnicate'",
        "{{ x is shiny }} ~ unknown test 'shiny'",
        "{% include 'x' %} ~ 'include'",
        "{% call f() %}{% endcall %} ~ 'call'",
        "{% for x in y recursive %}{% endfor %} ~ recursive",
        "{{ f(*x) }} ~ unpacked",
        "{{ 2 ** 3 }} ~ power",
        "{% if x %} ~ ends inside a block",
        "{% endif %} ~ 'endif'",
        "{{ x ~ never closed",
        "{# x ~ never closed",
        "{{ 'x }} ~ never closed",
        "{% break %} ~ outside of a loop",
        "{{ ? }} ~ unexpected '?'",
        "{{ 1 + }} ~ expected a value"
      })
  void parse_unknownConstruct_namesItAndItsPlace(String source, String problem) {
    assertThatThrownBy(() -> Template.parse("one\n  " + source.strip()))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("line 2, column ")
        .hasMessageContaining(problem.strip());
  }

  @Test
  void render_unknownMethod_namesItAndItsPlace() {
    assertThatThrownBy(() -> render("{{ 'a'.frobnicate() }}"))
        .hasMessageContaining("line 1")
        .hasMessageContaining("frobnicate");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
        "{{ range(1000000000) | list }}",
        "{{ 'x' * 1000000000000 }}",
        "{{ ('x' * 100000) * 100000 }}",
        "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1,2]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x | replace('a', ns.x) %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] | tojson %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] | string %}{% endfor %}",
        "{% set ns = namespace(x=[]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% set ns = namespace() %}{% set ns.x = ns %}{{ [ns] }}"
      })
  void render_hostileTemplate_isStopped(String source) {
    assertThatThrownBy(() -> render(source)).isInstanceOf(TemplateException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'a'§ ~ 'a'",
        "1§ + 1",
        "false§ or false",
        "'a'§ | trim",
        "1§ if true",
        "'a'§.strip()",
        "'a'§[0:]",
        "true§ is true"
      })
  void render_chainOfManyParts_isStoppedWithItsPlace(String chain) {
    String[] parts = chain.split("§", -1);
    assertThat(render("{{ " + parts[0] + parts[1].repeat(30) + " }}")).isNotEmpty();
    assertThatThrownBy(() -> render("{{ " + parts[0] + parts[1].repeat(20_000) + " }}"))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("template line 1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "part in text",
        "part not in text",
        "text is in([text ~ part]) or part is in(text)",
        "text.find(part)",
        "text.count(part)",
        "text.split(part)",
        "text.replace(part, '')",
        "text.replace(part, '', 1)",
        "text | replace(part, '')"
      })
  void render_searchInLongText_isPaidFor(String search) {
    String rare = "{% set text = 'a' * 1000000 %}{% set part = 'ba' %}{{ " + search + " }}";
    String costly =
        "{% set text = 'a' * 2000000 %}{% set part = 'a' * 1000000 ~ 'b' %}{{ " + search + " }}";

    assertThat(render(rare)).isNotEmpty();
    assertThatThrownBy(() -> render(costly))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("takes more than");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text == other",
        "text < other",
        "text in [other]",
        "text is lower",
        "text[:1]",
        "text.splitlines()"
      })
  void render_longTextThatIsReadAgainAndAgain_isPaidFor(String reading) {
    String once =
        "{% set text = 'a' * 1000000 %}{% set other = 'a' * 1000000 %}{% for i in range(§) %}{% if "
            + reading
            + " %}{% endif %}{% endfor %}x";

    assertThat(render(once.replace("§", "2"))).isEqualTo("x");
    assertThatThrownBy(() -> render(once.replace("§", "100000")))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("more than");
  }

  @Test
  void render_textOfAMillionDigits_isNoNumber() {
    assertThat(render("{{ ('9' * 1000000) | int }} {{ ('9' * 1000000) | int(7) }}"))
        .isEqualTo("0 7");
    assertThat(render("{{ ' 12 ' | int }} {{ '1e3' | float }}")).isEqualTo("12 1000.0");
  }

  @Test
  void render_manyMappingsInOneTag_areReadInOneGo() {
    String mappings = "{1:{}},".repeat(200_000);

    assertThat(Lexer.tokens("{{ [" + mappings + "] }}")).hasSize(5 + 7 * 200_000);
    assertThat(render("{{ {'a': {'b': {}}} }}")).isEqualTo("{'a': {'b': {}}}");
  }

  @Test
  void render_macroThatCallsItselfFromDeepInside_isStopped() {
    String deep = "{% if true %}".repeat(90) + "{{ f() }}" + "{% endif %}".repeat(90);

    assertThatThrownBy(() -> render("{% macro f() %}" + deep + "{% endmacro %}{{ f() }}"))
        .isInstanceOf(TemplateException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"'\\x+1'", "'\\u12'", "'\\U00110000'", "'\\N{BULLET}'"})
  void parse_escapeThatIsNone_isRefusedWithItsPlace(String string) {
    assertThatThrownBy(() -> Template.parse("{{ " + string + " }}"))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("template line 1");
  }

  @Test
  void parse_deepNesting_isRefused() {
    assertThatThrownBy(() -> Template.parse("{{ " + "(".repeat(100_000)))
        .isInstanceOf(TemplateException.class);
    assertThatThrownBy(() -> Template.parse("{% if x %}".repeat(100_000)))
        .isInstanceOf(TemplateException.class);
    assertThatThrownBy(() -> Template.parse("{{ " + "not ".repeat(100_000) + "x }}"))
        .isInstanceOf(TemplateException.class);
    assertThatThrownBy(() -> Template.parse("{{ " + "-".repeat(100_000) + "1 }}"))
        .isInstanceOf(TemplateException.class);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#many")
  void parse_shuffledTemplate_failsOnlyWithATemplateException(long seed) {
    var random = new SplittableRandom(seed);
    String[] words = {
      "{{", "}}", "{%", "%}", "{#", "#}", "-", "if", "for", "in", "endif", "endfor", "set", "x",
      "'a'", "|", "(", ")", "[", "]", "{", "}", ".", "=", "==", "1", "\n", " ", "is", "not", "join",
      "macro", "items", "upper", ":", ",", "else", "~", "+", "'"
    };
    var source = new StringBuilder();
    for (int i = random.nextInt(60); i > 0; i--) {
      source.append(words[random.nextInt(words.length)]).append(random.nextBoolean() ? " " : "");
    }
    try {
      render(source.toString());
    } catch (TemplateException expected) {
      assertThat(expected).hasMessageContaining("template");
    }
  }
}
