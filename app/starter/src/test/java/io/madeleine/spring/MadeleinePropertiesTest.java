package io.madeleine.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.text.Thinking;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** What may be set. */
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
}
