package io.madeleine.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.madeleine.engine.text.Thinking;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.net.URL;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** What may be set, what is refused, and what the metadata says of it. */
final class MadeleinePropertiesTest {

  /** There is a folder {@code data} on the class path of these tests. */
  @Test
  void data_nameOfAFolderOnTheClassPathToo_isTheFolderOfTheMachine() {
    assertThat(getClass().getResource("/data")).isNotNull();
    for (String folder : List.of("/data", "data", "./data")) {
      new ApplicationContextRunner()
          .withUserConfiguration(PropertiesAlone.class)
          .withPropertyValues("madeleine.data=" + folder)
          .run(
              context ->
                  assertThat(context.getBean(MadeleineProperties.class).folder())
                      .isEqualTo(Path.of(folder)));
    }
  }

  @Test
  void data_fileUri_isTheFolderThatItNames() {
    assertThat(folder("file:/var/lib/m")).isEqualTo(Path.of("/var/lib/m"));
    assertThat(folder("file:///var/lib/my%20m")).isEqualTo(Path.of("/var/lib/my m"));
    assertThat(folder("file:./m")).isEqualTo(Path.of("m"));
    assertThatThrownBy(() -> folder("https://example.org/m"))
        .hasMessageContaining("'https://example.org/m'")
        .hasMessageContaining("give a path, or file: and a path");
  }

  /** Nobody puts the home directory there in a file of properties. */
  @Test
  void data_beginsWithATilde_isInTheHomeDirectory() {
    Path home = Path.of(System.getProperty("user.home"));
    assertThat(folder("~/mad")).isEqualTo(home.resolve("mad"));
    assertThat(folder("file:~/mad")).isEqualTo(home.resolve("mad"));
    assertThat(folder("~")).isEqualTo(home);
    assertThat(folder("./~/mad")).isEqualTo(Path.of("./~/mad"));
    assertThatThrownBy(() -> ModelFiles.find("~/no-such.gguf", Path.of("models")))
        .hasMessageContaining("looked at " + home.resolve("no-such.gguf"));
  }

  private static @Nullable Path folder(String data) {
    ConfigurationPropertySource one =
        new MapConfigurationPropertySource(Map.of("madeleine.data", data));
    return new Binder(one).bindOrCreate("madeleine", MadeleineProperties.class).folder();
  }

  /** YAML reads {@code off} as a truth value. */
  @Test
  void thinking_offOrFalse_isOffAndElseTheTemplatesOwn() {
    thinks(Thinking.AUTO);
    thinks(Thinking.OFF, "madeleine.engine.thinking=off");
    thinks(Thinking.OFF, "madeleine.engine.thinking=false");
    thinks(Thinking.ON, "madeleine.engine.thinking=on");
  }

  private static void thinks(Thinking expected, String... properties) {
    new ApplicationContextRunner()
        .withUserConfiguration(PropertiesAlone.class)
        .withPropertyValues(properties)
        .run(
            context ->
                assertThat(context.getBean(MadeleineProperties.class).engine().thinking())
                    .isEqualTo(expected));
  }

  @EnableConfigurationProperties(MadeleineProperties.class)
  static final class PropertiesAlone {}

  /** What is set is named as it was set, with its bound and its value. */
  @ParameterizedTest
  @CsvSource({
    "kv.memory, -1GB, at least 0",
    "kv.disk, -1GB, at least 0",
    "kv.recent-tokens, -5, at least 0",
    "kv.recalled-tokens, -5, at least 0",
    "kv.lease, -5s, 'at least 0, or left out'",
    "kv.episodes.kept, 2, a share above 0 and of at most 1",
    "kv.episodes.kept, 0, a share above 0 and of at most 1",
    "kv.episodes.whole-up-to, -1, at least 0",
    "engine.threads, -1, at least 0",
    "engine.context-tokens, -1, at least 0",
    "engine.running, 0, at least 1",
    "engine.waiting, -1, at least 0",
    "window.turns, -1, at least 0",
    "window.patience, -5s, at least 0",
    "window.recalled-tokens, -1, at least 0",
    "embedding.dimension, -1, at least 0"
  })
  void property_outOfRange_isNamed(String property, String value, String bound) {
    bound("madeleine." + property + "=" + value)
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessageStartingWith("madeleine.%s must be %s, but was ", property, bound));
  }

  @Test
  void policy_thatThereIsNot_isNamedWithThoseThatThereAre() {
    bound("madeleine.kv.episodes.policy=keydif")
        .run(
            context ->
                assertThat(Objects.requireNonNull(context.getStartupFailure()))
                    .hasStackTraceContaining(
                        "madeleine.kv.episodes.policy is none or names a policy")
                    .hasStackTraceContaining("'keydif'")
                    .hasStackTraceContaining("keydiff"));
  }

  private static ApplicationContextRunner bound(String... properties) {
    return new ApplicationContextRunner()
        .withUserConfiguration(PropertiesAlone.class)
        .withPropertyValues(properties);
  }

  @Test
  void metadata_everyProperty_saysWhatItIs() throws Exception {
    List<Property> properties = metadata();

    assertThat(properties)
        .extracting(Property::name)
        .hasSizeGreaterThan(10)
        .contains("madeleine.data", "madeleine.kv.recalled-tokens");
    assertThat(properties)
        .allSatisfy(
            each ->
                assertThat(each.description()).as(each.name()).isNotBlank().doesNotContain("{@"));
  }

  /** Spring's processor goes by how a tag begins, and would take that of a longer name. */
  @Test
  void metadata_nameThatAnotherBeginsWith_isNotDescribedByTheOther() throws Exception {
    for (Property property : metadata()) {
      String own = property.name().substring(property.name().lastIndexOf('.') + 1);
      for (RecordComponent other : Class.forName(property.record()).getRecordComponents()) {
        String longer = kebab(other.getName());
        if (longer.startsWith(own) && !longer.equals(own)) {
          assertThat(property.description())
              .as(property.name())
              .doesNotStartWith(other.getName().substring(own.length()));
        }
      }
    }
    assertThat(metadata())
        .filteredOn(each -> each.name().equals("madeleine.kv.recall"))
        .singleElement()
        .satisfies(each -> assertThat(each.description()).contains("EVENTS, TOPICS, TEXT or AUTO"));
  }

  private static String kebab(String name) {
    return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }

  /** {@return what Maven's compiler wrote about our properties, and no other jar about its own} */
  private static List<Property> metadata() throws IOException {
    String name = "META-INF/spring-configuration-metadata.json";
    for (URL url :
        Collections.list(MadeleineProperties.class.getClassLoader().getResources(name))) {
      try (InputStream file = url.openStream()) {
        List<Property> ours =
            new ObjectMapper()
                .readTree(file)
                .path("properties")
                .valueStream()
                .map(Property::of)
                .filter(each -> each.name().startsWith("madeleine."))
                .toList();
        if (!ours.isEmpty()) {
          return ours;
        }
      }
    }
    return List.of();
  }

  private record Property(String name, String description, String record) {
    static Property of(JsonNode each) {
      return new Property(
          each.path("name").asText(),
          each.path("description").asText(),
          each.path("sourceType").asText());
    }
  }
}
