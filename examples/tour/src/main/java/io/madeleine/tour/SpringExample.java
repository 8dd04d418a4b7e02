package io.madeleine.tour;

import java.io.PrintStream;
import java.nio.file.Path;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;

/** Starts {@link SpringRemembers} and talks with it. */
final class SpringExample implements Example {

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
        "--madeleine.data=" + data,
        "--madeleine.tenant=acme",
        "--madeleine.model=pocket",
        "--logging.level.root=warn");
  }

  static void run(PrintStream out, String... properties) {
    try (var application =
        new SpringApplicationBuilder(SpringRemembers.class)
            .web(WebApplicationType.NONE)
            .run(properties)) {
      var assistant = application.getBean(SpringRemembers.Assistant.class);
      out.println(assistant.chat("ada", "I have a parrot called Mopsel."));
      out.println(assistant.chat("ada", "What is my parrot called?"));
    }
  }
}
