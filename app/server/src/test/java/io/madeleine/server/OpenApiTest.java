package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;

/** The document says what the server does, no more and no less. */
final class OpenApiTest {

  @TempDir Path data;

  @Test
  void openApi_pathsAndMethods_areThoseOfTheControllers() {
    try (var server = new RunningServer(data)) {
      HttpResponse<String> response = server.get("/openapi.json");
      assertThat(response.statusCode()).isEqualTo(200);
      JsonNode document = RunningServer.json(response);
      assertThat(document.at("/openapi").asString()).startsWith("3.1");

      var described = new TreeSet<String>();
      document
          .path("paths")
          .propertyStream()
          .forEach(
              path ->
                  path.getValue()
                      .propertyNames()
                      .forEach(
                          method ->
                              described.add(
                                  method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
      assertThat(described).isEqualTo(mapped(server)).hasSizeGreaterThan(10);
      assertThat(document.findValuesAsString("$ref"))
          .allSatisfy(
              reference ->
                  assertThat(document.at(reference.substring(1)).isMissingNode())
                      .as(reference)
                      .isFalse());
    }
  }

  private static Set<String> mapped(RunningServer server) {
    var mapped = new TreeSet<String>();
    server
        .part("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
        .getHandlerMethods()
        .keySet()
        .forEach(
            route ->
                route.getPatternValues().stream()
                    .filter(path -> List.of("/api", "/v1").stream().anyMatch(path::startsWith))
                    .forEach(
                        path ->
                            route
                                .getMethodsCondition()
                                .getMethods()
                                .forEach(method -> mapped.add(method + " " + path))));
    return mapped;
  }
}
