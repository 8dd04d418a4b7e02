package io.madeleine.tour;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;

/** Starts {@link SpringRemembers} and talks with it. */
final class SpringExample implements Example {

  private static final List<String> SAID =
      List.of(
          "My sister is called Zelandra.",
          "What is my sister called?",
          "I love ramen.",
          "I play the cello.",
          "What is my sister called?");

  @Override
  public String name() {
    return "spring";
  }

  @Override
  public String about() {
    return "a Spring Boot application of forty lines that remembers, on three properties";
  }

  @Override
  public void run(Path data, PrintStream out) {
    run(
        out,
        List.of(SpringRemembers.class),
        "--madeleine.data=" + data,
        "--madeleine.tenant=acme",
        "--madeleine.model=pocket",
        "--madeleine.window.turns=2", // so few that the sister is out of sight the second time
        "--logging.level.root=warn");
  }

  static void run(PrintStream out, List<Class<?>> beans, String... properties) {
    try (var application =
        new SpringApplicationBuilder(beans.toArray(Class<?>[]::new))
            .web(WebApplicationType.NONE)
            .run(properties)) {
      var assistant = application.getBean(SpringRemembers.Assistant.class);
      for (String text : SAID) {
        out.println(assistant.chat("ada", text));
      }
    }
  }
}
