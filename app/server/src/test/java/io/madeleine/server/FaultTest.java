package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.LogOptions;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.pocket.PocketModel;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What whoever starts the server reads when it does not start. */
final class FaultTest {

  @TempDir Path folder;

  @Test
  void start_portTaken_namesThePortAndAnother() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      assertThat(refusal("--server.port=" + port))
          .contains("Port " + port + " is taken")
          .contains("./madeleine serve --port " + (port + 1));
    }
  }

  @Test
  void start_openToTheWorld_saysHowToMakeAKey() {
    assertThat(refusal("--server.address=0.0.0.0"))
        .contains("listen on 0.0.0.0 without API keys")
        .contains("Make a key with './madeleine key --tenant NAME'");
  }

  @Test
  void start_fileWithoutAKey_namesItAndHowToMakeOne() {
    Path file = folder.resolve("keys");
    assertThat(refusal("--madeleine.server.keys=" + file))
        .contains("There is no key in " + file)
        .contains("./madeleine key --tenant NAME --file " + file);
  }

  @Test
  void start_keysThatBeginWithATilde_areInTheHomeDirectory() {
    Path file = Path.of(System.getProperty("user.home"), "no-such-folder", "keys");
    assertThat(refusal("--madeleine.server.keys=~/no-such-folder/keys"))
        .contains("There is no key in " + file);
  }

  @Test
  void start_lineThatIsNoKey_isNamedWithoutAStackTrace() throws Exception {
    Path file = Files.writeString(folder.resolve("keys"), "# ours\nada 12345\n");
    assertThat(refusal("--madeleine.server.keys=" + file))
        .contains(file + " line 2 is not 'id<tab>tenant<tab>sha-256'")
        .contains("./madeleine key --tenant NAME --file " + file)
        .doesNotContain("at io.madeleine");
    Files.writeString(file, "key-1\t\t" + "0".repeat(64));
    assertThat(refusal("--madeleine.server.keys=" + file))
        .contains(file + " line 1 is not")
        .doesNotContain("at io.madeleine");
  }

  @Test
  void start_fileOfKeysThatCannotBeRead_isNamedWithoutAStackTrace() {
    assertThat(refusal("--madeleine.server.keys=" + folder))
        .contains(folder + ", which madeleine.server.keys names, cannot be read")
        .doesNotContain("at io.madeleine");
  }

  @Test
  void start_withADoorForOperators_saysOnceWhereThePageIs() {
    String said =
        printed(
            () ->
                new RunningServer(
                        folder.resolve("data"),
                        "--management.server.port=0",
                        "--logging.level.io.madeleine=INFO")
                    .close());

    assertThat(said).containsOnlyOnce("Open http://localhost:");
  }

  @Test
  void page_ofAnAddress_isWhereSomebodyListens() throws Exception {
    assertThat(ServerApplication.page(null, 80)).isEqualTo("http://localhost:80");
    for (String here : List.of("127.0.0.1", "::1", "0.0.0.0", "::")) {
      assertThat(ServerApplication.page(InetAddress.getByName(here), 80))
          .isEqualTo("http://localhost:80");
    }
    assertThat(ServerApplication.page(InetAddress.getByName("192.168.1.5"), 80))
        .isEqualTo("http://192.168.1.5:80");
    assertThat(ServerApplication.page(InetAddress.getByName("127.0.0.2"), 80))
        .isEqualTo("http://127.0.0.2:80");
    assertThat(ServerApplication.page(InetAddress.getByName("fd00::5"), 80))
        .isEqualTo("http://[fd00:0:0:0:0:0:0:5]:80");
  }

  @Test
  void start_modelThatIsNoFile_namesItAndWhatToSet() {
    assertThat(refusal("--madeleine.model=/nowhere/model.gguf"))
        .contains("/nowhere/model.gguf")
        .contains("Set madeleine.model to the path of a GGUF file");
  }

  @Test
  void start_noModel_saysThatOneIsNeeded() {
    assertThat(refusal("--madeleine.model="))
        .contains("madeleine.model is empty")
        .contains("Set madeleine.model to the path of a GGUF file");
  }

  @Test
  void start_modelOfAnotherFormat_namesTheFile() throws Exception {
    Path file = Files.writeString(folder.resolve("model.gguf"), "once upon a time");
    assertThat(refusal("--madeleine.model=" + file))
        .contains(file.toString())
        .contains("point madeleine.model at another one");
  }

  @Test
  void start_storeInUse_namesTheFolderAndTheProcess() {
    try (var first = new RunningServer(folder.resolve("data"))) {
      assertThat(first.port()).isPositive();
      assertThat(refusal())
          .contains(folder.resolve("data").resolve("history").toString())
          .contains("in use by process " + ProcessHandle.current().pid())
          .contains("stop the other one, or set madeleine.data");
    }
  }

  @Test
  void start_indexOfAnotherFormat_isMadeAnew() throws Exception {
    try (var server = new RunningServer(folder.resolve("data"))) {
      server.say("one", "The garage code is 4821.");
    }
    try (var files = Files.list(folder.resolve("data/index"))) {
      for (Path file : files.filter(each -> !each.endsWith("write.lock")).toList()) {
        Files.write(file, new byte[] {1, 2, 3});
      }
    }
    try (var server = new RunningServer(folder.resolve("data"))) {
      assertThat(server.post("/api/conversations/one/recall", "{\"question\":\"garage\"}").body())
          .contains("4821");
    }
  }

  /** A file that only ended would pass for a whole one. */
  @Test
  void export_thatCannotBeReadToItsEnd_breaksOffAndIsLoggedOnce() throws Exception {
    Path history = folder.resolve("data/history");
    Path later = history.resolve("turns-00000002.log");
    ConversationKey key = ConversationKey.of("test", "torn");
    try (TurnLog log =
        TurnLog.open(history, Clock.systemUTC(), new LogOptions(64 << 10, 16 << 10))) {
      while (Files.notExists(later)) {
        LoggedTurn unused =
            log.begin(key).add(new ChatMessage.User("word ".repeat(1_000))).commit();
      }
    }
    var lines = new ArrayList<String>();
    String said =
        printed(
            () -> {
              try (var server = new RunningServer(folder.resolve("data"))) {
                server.part(TurnIndex.class).follow(server.part(TurnLog.class));
                Files.delete(later);
                assertThatThrownBy(
                        () -> readInto(lines, server.uri("/api/conversations/torn/export")))
                    .isInstanceOf(IOException.class);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });

    assertThat(lines)
        .hasSizeGreaterThan(1)
        .allSatisfy(
            line -> assertThat(RunningServer.parse(line).at("/role").asString()).isEqualTo("user"));
    assertThat(said).containsOnlyOnce("LogException").contains(later.toString());
  }

  private static void readInto(List<String> lines, URI uri) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      var response = client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofInputStream());
      assertThat(response.statusCode()).isEqualTo(200);
      try (var body =
          new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
        for (String line = body.readLine(); line != null; line = body.readLine()) {
          lines.add(line);
        }
      }
    }
  }

  @Test
  void desktop_whereNobodySees_opensNothing() {
    assertThat(Desktop.opener("Linux", Map.of(), "p")).isEmpty();
    assertThat(Desktop.opener("Linux", Map.of("DISPLAY", ":0", "SSH_CONNECTION", "x"), "p"))
        .isEmpty();
    assertThat(Desktop.opener("Linux", Map.of("DISPLAY", ":0"), "p"))
        .contains(List.of("xdg-open", "p"));
    assertThat(Desktop.opener("Mac OS X", Map.of(), "p")).contains(List.of("open", "p"));
    assertThat(ServeArguments.of(new String[] {"--no-browser", "--port", "9"}))
        .containsExactly("--madeleine.server.browse=false", "--server.port=9");
  }

  @Test
  void serve_anOptionThatIsNone_isRefusedByName() {
    assertThatThrownBy(() -> ServeArguments.of(new String[] {"--modle", "x.gguf"}))
        .hasMessageContaining("'--modle' is no option of serve")
        .hasMessageContaining("--help");
    assertThatThrownBy(() -> ServeArguments.of(new String[] {"--port"}))
        .hasMessageContaining("--port wants a value: --port N");
    assertThatThrownBy(() -> ServeArguments.of(new String[] {"--modle=x.gguf"}))
        .hasMessageContaining("'--modle=x.gguf' is no option of serve");
    assertThatThrownBy(() -> ServeArguments.of(new String[] {"--port="}))
        .hasMessageContaining("--port wants a value: --port N");
    assertThat(ServeArguments.help())
        .contains("--model FILE|NAME", "--no-browser", "./madeleine key");
  }

  @Test
  void serve_anOptionWithAnEqualsSign_isTheSameOption() {
    String[] properties =
        ServeArguments.of(
            new String[] {
              "--model=a=b.gguf", "--data=./x", "--address=0.0.0.0", "--madeleine.kv.memory=1GB"
            });

    assertThat(properties)
        .containsExactly(
            "--madeleine.server.browse=true",
            "--madeleine.model=a=b.gguf",
            "--madeleine.data=./x",
            "--server.address=0.0.0.0",
            "--madeleine.kv.memory=1GB");
  }

  @Test
  void doctor_anOptionWithAnEqualsSign_isLookedAt() {
    var printed = new ByteArrayOutputStream();
    var out = new PrintStream(printed, true, StandardCharsets.UTF_8);

    int status = Doctor.examine(new String[] {"--model=/nowhere.gguf", "--data=" + folder}, out);

    assertThat(status).isEqualTo(1);
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("model /nowhere.gguf")
        .contains("data folder " + folder);
  }

  @Test
  void doctor_folderThatBeginsWithATilde_isInTheHomeDirectory() {
    Path folder = Path.of(System.getProperty("user.home"), "no-such-folder");
    assertThat(examined("--data=~/no-such-folder", "--model=pocket"))
        .contains("data folder " + folder + ",");
  }

  @Test
  void doctor_help_saysWhatItTakes() {
    assertThat(examined("--help"))
        .contains("Usage: ./madeleine doctor [--model FILE|NAME] [--data FOLDER]")
        .doesNotContain("JDK");
  }

  @Test
  void doctor_relativeFolderThatIsNotThereYet_isFine() {
    assertThat(examined("--data", "no-such-folder")).contains("✓ data folder no-such-folder, ");
  }

  @Test
  void doctor_memoryThatHoldsFiles_isThere() throws Exception {
    Path meminfo =
        Files.writeString(
            folder.resolve("meminfo"),
            "MemTotal: 8000000 kB\nMemFree:  100000 kB\nMemAvailable:    6000000 kB\nBuffers: 9 kB\n");
    long total = 8_000_000L << 10;
    assertThat(AvailableMemory.bytes(meminfo, total)).hasValue(6_000_000L << 10);
    assertThat(AvailableMemory.bytes(meminfo, total + (1 << 20))).hasValue(6_000_000L << 10);
    assertThat(AvailableMemory.bytes(meminfo, 2L << 30))
        .as("a container that may have 2 GiB, on a machine that has room")
        .isEmpty();
    assertThat(AvailableMemory.bytes(folder.resolve("none"), total)).isEmpty();
    Files.writeString(meminfo, "MemTotal: 8000000 kB\nMemFree: 1 kB\n");
    assertThat(AvailableMemory.bytes(meminfo, total)).isEmpty();
  }

  @Test
  void doctorAndKey_anOptionThatIsNone_isRefusedByName() {
    assertThat(examined("--modle", "x.gguf"))
        .contains("'--modle' is no option of doctor, which takes --model FILE|NAME, --data FOLDER")
        .doesNotContain("Ready to serve.");
    assertThat(examined("--model")).contains("--model wants a value: --model FILE|NAME");
    assertThat(keyed("--tenant", "--file", folder.resolve("keys").toString()))
        .contains("--tenant wants a value: --tenant NAME");
    assertThat(keyed("--tenat", "ada", "--data", folder.toString()))
        .contains("'--tenat' is no option of key, which takes --tenant NAME, --file FILE");
    assertThat(folder).isEmptyDirectory();
  }

  private static String keyed(String... arguments) {
    var printed = new ByteArrayOutputStream();
    var out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    assertThat(KeyCommand.make(arguments, out)).isEqualTo(2);
    return printed.toString(StandardCharsets.UTF_8);
  }

  @Test
  void modelByName_isTheFileThatWasPulled() throws Exception {
    Path models = Files.createDirectories(folder.resolve("data/models"));
    Path pulled = models.resolve("little.gguf");
    Files.copy(PocketModel.installTo(folder), pulled);
    String data = "--data=" + folder.resolve("data");

    assertThat(examined(data, "--model=Little")).contains("✓ model " + pulled);
    assertThat(examined(data, "--model", "other"))
        .contains("✗ model other")
        .contains("no file and no model in " + models);
    String[] serve = ServeArguments.of(new String[] {"--no-browser", "--model", "little"});
    try (var server = new RunningServer(folder.resolve("data"), serve)) {
      assertThat(server.say("one", "The garage code is 4821.")).isNotEmpty();
    }
    assertThat(refusal("--madeleine.model=other"))
        .contains("names other, which is no file")
        .contains("no model in " + models);
  }

  private static String examined(String... arguments) {
    var printed = new ByteArrayOutputStream();
    int unused = Doctor.examine(arguments, new PrintStream(printed, true, StandardCharsets.UTF_8));
    return printed.toString(StandardCharsets.UTF_8);
  }

  /** Starts a server that must not start; {@return what it printed} */
  private String refusal(String... more) {
    return printed(
        () ->
            assertThatThrownBy(() -> new RunningServer(folder.resolve("data"), more).close())
                .isInstanceOf(RuntimeException.class));
  }

  private static String printed(Runnable starting) {
    var printed = new ByteArrayOutputStream();
    PrintStream out = System.out;
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      starting.run();
    } finally {
      System.setOut(out);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }
}
