package io.madeleine.engine.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.json.Json;
import io.madeleine.engine.template.value.TemplateException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The corpus: templates in the families' style, rendered by Python's Jinja (generate.py). With
 * {@code -Dtemplates=FOLDER} it is that of a folder, which generate.py was run on before.
 */
final class TemplateCorpusTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-09-07T08:05:09Z"), ZoneOffset.UTC);

  private final Json.Object corpus = (Json.Object) Json.parse(resource("expected.json"));

  @TestFactory
  Stream<DynamicTest> render_everyFamily_equalsPythonsJinja() {
    return objects("cases")
        .map(
            c -> {
              String template = text(c, "template");
              return DynamicTest.dynamicTest(
                  template + ", " + text(c, "case"),
                  () -> check(resource(template), object(c, "variables"), object(c, "expected")));
            });
  }

  @TestFactory
  Stream<DynamicTest> render_everySnippet_equalsPythonsJinja() {
    Json.Object variables = object(corpus, "variables");
    return objects("snippets")
        .map(
            s ->
                DynamicTest.dynamicTest(
                    text(s, "source"),
                    () -> check(text(s, "source"), variables, object(s, "expected"))));
  }

  private static void check(String source, Json.Object variables, Json.Object expected) {
    Map<String, Json> outcome = expected.members();
    if (outcome.containsKey("refused")) {
      assertThatThrownBy(() -> Template.parse(source).render(variables, CLOCK))
          .isInstanceOf(TemplateException.class)
          .hasMessageContaining("template line");
    } else {
      assertThat(Template.parse(source).render(variables, CLOCK)).isEqualTo(text(expected, "text"));
    }
  }

  private Stream<Json.Object> objects(String name) {
    return ((Json.Array) corpus.find(name).orElseThrow())
        .items().stream().map(Json.Object.class::cast);
  }

  private static Json.Object object(Json.Object of, String name) {
    return (Json.Object) of.find(name).orElseThrow();
  }

  private static String text(Json.Object of, String name) {
    return ((Json.Text) of.find(name).orElseThrow()).value();
  }

  private static String resource(String name) {
    String folder = System.getProperty("templates", "");
    if (!folder.isEmpty()) {
      return text(Path.of(folder, name));
    }
    try (var in = TemplateCorpusTest.class.getResourceAsStream("/templates/" + name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
