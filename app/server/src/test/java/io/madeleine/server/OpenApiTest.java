package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.madeleine.server.openai.protocol.OpenAiException;
import io.madeleine.server.openai.protocol.Wire;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;

/** The document says what the server does, no more and no less. */
final class OpenApiTest {

  /** What is answered otherwise than by returning it. */
  private static final Map<String, String> NOT_RETURNED =
      Map.of(
          "ChatCompletion", Wire.ChatCompletion.class.getName(),
          "OpenAiError", OpenAiException.ErrorBody.class.getName(),
          "ImportEvent", "io.madeleine.server.memory.ImportProgress$Event");

  @TempDir static Path data;
  private static RunningServer server;
  private static JsonNode document;

  @BeforeAll
  static void start() {
    server = new RunningServer(data);
    HttpResponse<String> response = server.get("/openapi.json");
    assertThat(response.statusCode()).isEqualTo(200);
    document = RunningServer.json(response);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void openApi_pathsAndMethods_areThoseOfTheControllers() {
    assertThat(document.at("/openapi").asString()).startsWith("3.1");
    assertThat(described().keySet()).isEqualTo(mapped().keySet()).hasSizeGreaterThan(10);
    assertThat(document.findValuesAsString("$ref"))
        .allSatisfy(
            reference ->
                assertThat(document.at(reference.substring(1)).isMissingNode())
                    .as(reference)
                    .isFalse());
  }

  @Test
  void openApi_refusals_areThoseOfTheDoorAndOfNames() {
    described()
        .forEach(
            (operation, described) -> {
              JsonNode responses = described.path("responses");
              assertThat(responses.propertyNames()).as(operation).contains("401", "429");
              if (operation.contains("/conversations/{id}")) {
                assertThat(responses.propertyNames()).as(operation).contains("400");
              }
            });
  }

  @Test
  void openApi_answers_haveTheFieldsOfTheirRecords() throws Exception {
    var fields = new Fields();
    Map<String, JsonNode> described = described();
    mapped()
        .forEach(
            (operation, returned) ->
                fields.compare(
                    returned,
                    described
                        .getOrDefault(operation, document)
                        .at("/responses/200/content/application~1json/schema"),
                    operation));
    for (var each : NOT_RETURNED.entrySet()) {
      fields.compare(
          Class.forName(each.getValue()),
          document.at("/components/schemas/" + each.getKey()),
          each.getKey());
    }
    assertThat(fields.compared).hasSizeGreaterThan(20);
  }

  /** Compares records with schemas, all the way down. */
  private static final class Fields {
    private final Set<List<Object>> compared = new HashSet<>();

    void compare(Type type, JsonNode schema, String at) {
      JsonNode whole = resolved(schema);
      if (type instanceof ParameterizedType of) {
        boolean list = of.getRawType() == List.class;
        compare(of.getActualTypeArguments()[0], list ? whole.path("items") : whole, at);
      } else if (type instanceof Class<?> record
          && record.isRecord()
          && compared.add(List.of(record, whole))) {
        compareRecord(record, whole.path("properties"), at);
      }
    }

    private void compareRecord(Class<?> record, JsonNode properties, String at) {
      var members = new TreeMap<String, Type>();
      for (RecordComponent component : record.getRecordComponents()) {
        members.put(name(component), component.getGenericType());
      }
      assertThat(new TreeSet<>(properties.propertyNames()))
          .as(at + ", " + record.getSimpleName())
          .isEqualTo(members.keySet());
      members.forEach((name, type) -> compare(type, properties.path(name), at + " " + name));
    }

    private static String name(RecordComponent component) {
      JsonProperty named = component.getAccessor().getAnnotation(JsonProperty.class);
      return named == null ? component.getName() : named.value();
    }

    /** Behind a reference, and without the null that may stand in its place. */
    private static JsonNode resolved(JsonNode schema) {
      if (schema.has("$ref")) {
        return resolved(document.at(schema.path("$ref").asString().substring(1)));
      }
      for (JsonNode each : schema.path("anyOf")) {
        if (!each.path("type").asString("").equals("null")) {
          return resolved(each);
        }
      }
      return schema;
    }
  }

  private static Map<String, JsonNode> described() {
    var described = new TreeMap<String, JsonNode>();
    document
        .path("paths")
        .propertyStream()
        .forEach(
            path ->
                path.getValue()
                    .propertyStream()
                    .forEach(
                        method ->
                            described.put(
                                method.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(),
                                method.getValue())));
    return described;
  }

  /** What each operation returns; of those that return nothing by turns, what they do return. */
  private static Map<String, Type> mapped() {
    var mapped = new TreeMap<String, Type>();
    server
        .part("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
        .getHandlerMethods()
        .forEach(
            (route, handler) ->
                route.getPatternValues().stream()
                    .filter(path -> List.of("/api", "/v1").stream().anyMatch(path::startsWith))
                    .forEach(
                        path ->
                            route
                                .getMethodsCondition()
                                .getMethods()
                                .forEach(
                                    method ->
                                        mapped.merge(
                                            method + " " + path,
                                            handler.getMethod().getGenericReturnType(),
                                            (one, other) -> one == void.class ? other : one))));
    return mapped;
  }
}
