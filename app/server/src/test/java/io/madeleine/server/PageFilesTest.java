package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.memory.identity.Tenant;
import io.madeleine.server.access.ApiKeys;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of the page: anybody's, and always those of the server that runs. */
final class PageFilesTest {

  private static final Path STATIC = Path.of("src", "main", "resources", "static");
  private static final Pattern WEBJAR = Pattern.compile("'(/webjars/[^']+)'");

  @TempDir Path data;

  @Test
  void files_withoutAKey_areGivenAndAskedForAgainAfterAnUpdate() throws Exception {
    Path keys = data.resolve("keys");
    assertThat(ApiKeys.create(keys, new Tenant("ada"), new SecureRandom())).startsWith("mk-");
    try (var server = new RunningServer(data.resolve("data"), "--madeleine.server.keys=" + keys)) {
      assertThat(Stream.concat(Stream.of("/"), Stream.concat(own().stream(), webjars().stream())))
          .hasSizeGreaterThan(12)
          .allSatisfy(path -> assertThat(server.get(path).statusCode()).as(path).isEqualTo(200));
      HttpResponse<String> script = server.get("/js/main.js");
      assertThat(script.headers().firstValue("Cache-Control")).hasValue("no-cache");
      for (String path : List.of("/", "/js/main.js", "/openapi.json")) {
        assertThat(server.post(path, "{}").statusCode()).as("POST " + path).isEqualTo(401);
      }
      for (String path : List.of("/error", "/js/..%2Fx.js", "/css", "/nobody-thought-of-this")) {
        assertThat(server.get(path).statusCode()).as(path).isEqualTo(401);
      }
    }
  }

  private static List<String> own() throws IOException {
    try (Stream<Path> files = Files.walk(STATIC)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> "/" + STATIC.relativize(file).toString().replace('\\', '/'))
          .toList();
    }
  }

  private static List<String> webjars() throws IOException {
    String chat = Files.readString(STATIC.resolve("js").resolve("chat.js"));
    return WEBJAR.matcher(chat).results().map(found -> found.group(1)).toList();
  }
}
