package io.madeleine.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.digest.Sha256;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.pocket.PocketModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What people get wrong, and what they are told; and the history in and out. */
final class CommandsTest {

  private final Path directory;

  CommandsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /**
   * How a command ended.
   *
   * @param status exit status
   * @param out stdout
   * @param err stderr
   */
  private record Ended(int status, String out, String err) {}

  private Ended run(String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return new Ended(command.execute(args), out.toString(), err.toString());
  }

  private Ended chatWith(Path model) {
    return run("chat", "--data", directory.resolve("data").toString(), "--model", model.toString());
  }

  @Test
  void help_listsEveryDoor() {
    Ended ended = run("help");

    assertThat(ended.status()).isZero();
    assertThat(ended.out())
        .contains("chat", "models", "pull", "import", "export")
        .contains("serve", "doctor", "key", "examples", "eval, bench");
  }

  @Test
  void main_misspelled_namesTheWordAndWhereToLook() {
    assertThat(run("chatt").err()).contains("'chatt'", "Did you mean", "chat");
    Ended option = run("chat", "--temperature", "hot");
    assertThat(option.status()).isEqualTo(2);
    assertThat(option.err()).contains("'hot'", "./madeleine help chat");
    assertThat(run("chat", "--thinking", "perhaps").err()).contains("'perhaps'", "ON, OFF");
    assertThat(run("--version").out()).contains("madeleine", "Java 2");
  }

  @Test
  void conversation_thatTheServerCouldNotForget_isRefusedWithARemedy() throws IOException {
    String data = directory.toString();
    Path file = Files.writeString(directory.resolve("x.jsonl"), "");

    Ended ended = run("import", file.toString(), "--data", data, "--conversation", "..");

    assertThat(ended.status()).isNotZero();
    assertThat(ended.err()).contains("must not be called '..'", "as in 'a..'");
  }

  @Test
  void pull_addressOfNothing_saysWhy() {
    String data = directory.toString();
    assertThat(run("pull", "ftp://there/x.gguf", "--data", data).err()).contains("https://");
    assertThat(run("pull", "https://there/x.zip", "--data", data).err()).contains(".gguf file");
    assertThat(run("pull", "no-such", "--data", data).err()).contains("./madeleine models");
  }

  @Test
  void pull_modelThatIsHere_saysHowChatAndServeTakeIt() throws IOException {
    Path models = Files.createDirectories(directory.resolve("models"));
    Path file = Files.createFile(models.resolve("qwen2.5-0.5b.gguf"));
    String err = run("pull", "Qwen2.5-0.5B", "--data", directory.toString()).err();

    assertThat(err).contains(file + " is here already");
    assertThat(err).contains("chat --model " + file, "./madeleine serve --model " + file);
  }

  @Test
  void pull_fileIsHereWithAnotherHash_fails() throws IOException {
    Path models = Files.createDirectories(directory.resolve("models"));
    Path file = Files.writeString(models.resolve("x.gguf"), "GGUF");
    String hash = Sha256.hex("GGUF".getBytes(UTF_8));
    String[] pull = {"pull", "http://there/x.gguf", "--data=" + directory, "--sha256"};

    Ended other = run(with(new String[] {"00".repeat(32)}, pull));
    assertThat(other.status()).isEqualTo(1);
    assertThat(other.err()).contains(file + " is here", hash, "0000", "move it away");
    Ended same = run(with(new String[] {hash.toUpperCase(Locale.ROOT)}, pull));
    assertThat(same.status()).isZero();
    assertThat(same.err()).contains("is here already, its SHA-256 is right");
  }

  @Test
  void pull_addressWithANameThatIsHere_saysThatItMayBeAnother() throws IOException {
    Path models = Files.createDirectories(directory.resolve("models"));
    Path file = Files.createFile(models.resolve("x.gguf"));

    assertThat(run("pull", "http://there/x.gguf", "--data=" + directory).err())
        .contains("of that name is here already: " + file, "if it is another model");
  }

  @Test
  void pull_hashThatIsNone_isRefusedAtOnce() {
    for (String hash : new String[] {"00", "g0".repeat(32)}) {
      Ended ended =
          run("pull", "http://localhost:1/x.gguf", "--data=" + directory, "--sha256=" + hash);

      assertThat(ended.status()).isEqualTo(1);
      assertThat(ended.err()).contains("takes 64 hexadecimal digits", "'" + hash + "'");
    }
  }

  @Test
  void pullAndModels_whoseMemory_isNoOptionOfTheirs() {
    for (String command : new String[] {"pull", "models"}) {
      assertThat(run(command, "--help").out()).contains("--data").doesNotContain("--tenant");
    }
    assertThat(run("export", "--help").out()).contains("--data", "--tenant", "--conversation");
  }

  @Test
  void chat_nameOfAPulledModel_takesItsFile() throws IOException {
    Path models = Files.createDirectories(directory.resolve("data").resolve("models"));
    Files.writeString(models.resolve("qwen2.5-0.5b.gguf"), "Dear all, ".repeat(100));

    assertThat(chatWith(Path.of("Qwen2.5-0.5b")).err()).contains("qwen2.5-0.5b.gguf");
    assertThat(chatWith(Path.of("qwen2.5-0.5b.gguf")).err()).contains("qwen2.5-0.5b.gguf");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void export_noRoomLeft_saysThatItIsNotWhole() throws IOException {
    Path lines = directory.resolve("l.jsonl");
    Files.writeString(lines, "{\"role\":\"user\",\"content\":\"a\"}\n", UTF_8);
    String data = directory.resolve("data").toString();
    run("import", lines.toString(), "--data", data, "--tenant", "t", "--conversation", "tea");
    Ended full = run("export", "--data", data, "--tenant", "t", "--all", "--to", "/dev/full");

    assertThat(full.status()).isEqualTo(1);
    assertThat(full.err()).contains("/dev/full is not whole", "No space left", "--to");
  }

  @Test
  void export_nothingThere_saysWhatThereIs() throws IOException {
    String data = directory.resolve("data").toString();
    Ended none = run("export", "--data", data);
    assertThat(none.status()).isEqualTo(1);
    assertThat(none.err()).contains("there is no history in", data);
    assertThat(directory.resolve("data")).doesNotExist();

    Path lines = directory.resolve("l.jsonl");
    Files.writeString(lines, "{\"role\":\"user\",\"content\":\"a\"}\n", UTF_8);
    run("import", lines.toString(), "--data", data, "--tenant", "t", "--conversation", "tea");
    assertThat(run("export", "--data", data, "--tenant", "t").err())
        .contains("no conversation 'chat', only 'tea'", "--all");
    assertThat(run("export", "--data", data, "--tenant", "u").err()).contains("'u' has no");
  }

  @Test
  void export_historyOfAnotherTenant_namesWhoIsThere() throws IOException {
    Path lines = directory.resolve("l.jsonl");
    Files.writeString(lines, "{\"role\":\"user\",\"content\":\"a\"}\n", UTF_8);
    String[] here = {"--data", directory.resolve("data").toString(), "--tenant"};
    run(with(with(new String[] {"bea"}, here), "import", lines.toString()));
    Ended none = run(with(with(new String[] {"ann"}, here), "export", "--all"));
    assertThat(none.status()).isEqualTo(1);
    assertThat(none.err()).contains("'ann' has no conversations", "'bea'", "--tenant");

    run(with(with(new String[] {"cy"}, here), "import", lines.toString()));
    Ended one = run(with(with(new String[] {"bea"}, here), "export", "--all"));
    assertThat(one.status()).isZero();
    assertThat(one.out().lines()).hasSize(1);
    assertThat(one.err()).contains("'bea' alone", "one of 2", "the others are 'cy'", "--tenant");
  }

  @Test
  void chat_missingModel_saysWhereItLookedAndWhatToDo() {
    Ended ended = chatWith(directory.resolve("none.gguf"));

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.err()).contains("there is no file", "./madeleine models");
    assertThat(ended.err()).doesNotContain("at io.madeleine");
  }

  @Test
  void chat_catalogueModelNotPulled_saysHowToPullIt() {
    Ended ended = chatWith(Path.of("llama3.2-1b"));

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.err()).contains("./madeleine pull llama3.2-1b");
  }

  @Test
  void chat_notAGguf_namesTheFile() throws IOException {
    Path file = Files.writeString(directory.resolve("letter.gguf"), "Dear all, ".repeat(100));
    Ended ended = chatWith(file);

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.err()).contains("letter.gguf").doesNotContain("at io.madeleine");
  }

  @Test
  void chat_truncatedModel_saysSoAtAnyLength() throws IOException {
    byte[] whole = Files.readAllBytes(PocketModel.installTo(directory.resolve("models")));
    for (int length : new int[] {0, 3, 20, 1000, 30_000, whole.length / 2, whole.length - 1}) {
      Path file = Files.write(directory.resolve("cut.gguf"), Arrays.copyOf(whole, length));
      Ended ended = chatWith(file);

      assertThat(ended.status()).isEqualTo(1);
      assertThat(ended.err()).contains("cut.gguf").doesNotContain("at io.madeleine");
    }
  }

  @Test
  void chat_typeThatCannotBeRead_namesTheTensorTheTypeAndThoseThatCan() throws IOException {
    byte[] bytes = Files.readAllBytes(PocketModel.installTo(directory.resolve("models")));
    byte[] name = "blk.0.attn_q.weight".getBytes(UTF_8);
    int at = 0;
    while (!Arrays.equals(bytes, at, at + name.length, name, 0, name.length)) {
      at++;
    }
    var header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int dimensions = header.getInt(at + name.length);
    int iq2 = 16;
    header.putInt(at + name.length + Integer.BYTES + Long.BYTES * dimensions, iq2);
    Ended ended = chatWith(Files.write(directory.resolve("odd.gguf"), bytes));

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.err())
        .contains("odd.gguf", "blk.0.attn_q.weight", "IQ2_XXS", "Q4_K")
        .doesNotContain("at io.madeleine");
  }

  @Test
  void chat_modelTooLargeForTheMemory_saysHowMuchIsMissing() {
    Ended ended = run("chat", "--data", directory.toString(), "--memory", "100");

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.err()).containsPattern("\\d+ MiB are missing");
  }

  @Test
  void chat_folderOfAServerThatMayKeepMore_mayHaveAllOfItOnDisk() throws IOException {
    assertThat(ChatCommand.diskBytes(directory)).isEqualTo(3L << 30);
    Path tenant = Files.createDirectories(directory.resolve("spans").resolve("t"));
    for (String name : List.of("a.span", "b.span")) {
      try (var file = new RandomAccessFile(tenant.resolve(name).toFile(), "rw")) {
        file.setLength(2L << 30); // takes no room: nothing is written
      }
    }
    assertThat(ChatCommand.diskBytes(directory)).isEqualTo(4L << 30);
  }

  @Test
  void chat_dataDirectoryCannotBeWritten_saysSo() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "in the way");
    Ended ended = run("chat", "--data", file.toString());

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.err()).contains("cannot be written", "choose another data directory");
  }

  @Test
  void chat_dataDirectoryInUse_namesTheProcess() {
    try (TurnLog log = TurnLog.open(directory.resolve("history"), Clock.systemUTC())) {
      Ended ended = run("chat", "--data", directory.toString());

      assertThat(log.tenants()).isEmpty();
      assertThat(ended.status()).isEqualTo(1);
      assertThat(ended.err()).contains("in use by process " + ProcessHandle.current().pid());
    }
  }

  @Test
  void models_freshDirectory_showsTheToyAndWhatCanBeHad() {
    Ended ended = run("models", "--data", directory.toString());

    assertThat(ended.status()).isZero();
    assertThat(ended.out()).contains("pocket", "qwen2.5-0.5b", "llama3.2-1b");
  }

  @Test
  void data_beginsWithATilde_isInTheHomeDirectory() {
    Path home = Path.of(System.getProperty("user.home"));

    assertThat(run("models", "--data=~/no-such-folder").out())
        .contains("Here, in " + home.resolve("no-such-folder").resolve("models"));
    assertThat(run("models").out()).contains("Here, in " + home.resolve(".madeleine"));
    assertThat(run("import", "~/no-such-file", "--data=" + directory).err())
        .contains("there is no file " + home.resolve("no-such-file"));
  }

  @Test
  void import_exportedLines_bringTheSameTurnsBackOnce() throws IOException {
    Path lines = directory.resolve("lines.jsonl");
    Files.writeString(
        lines,
        """
        {"role":"user","content":"What is the weather in Oslo?","speaker":"Ann"}
        {"role":"assistant","content":"","thinking":"a tool","tool_calls":[{"id":"c1","name":"weather","arguments":"{\\"in\\":\\"Oslo\\"}"}]}
        {"role":"tool","tool_call_id":"c1","tool":"weather","content":"rain \\uD83C\\uDF27"}
        {"role":"assistant","content":"It rains."}
        {"role":"user","content":"Thank you."}
        """,
        UTF_8);
    String[] from = {"--data", directory.resolve("a").toString(), "--tenant", "t"};
    String[] to = {"--data", directory.resolve("b").toString(), "--tenant", "t"};
    assertThat(run(with(from, "import", lines.toString())).out()).contains("2 turns taken in");
    Path copy = directory.resolve("copy.jsonl");
    assertThat(run(with(from, "export", "--to", copy.toString())).status()).isZero();
    assertThat(run(with(to, "import", copy.toString())).out()).contains("2 turns taken in");
    assertThat(run(with(to, "import", copy.toString())).out())
        .contains("0 turns taken in, 2 passed over");

    assertThat(messages("b")).isEqualTo(messages("a")).hasSize(2);
  }

  private static String[] with(String[] options, String... words) {
    return java.util.stream.Stream.concat(Arrays.stream(words), Arrays.stream(options))
        .toArray(String[]::new);
  }

  private List<List<?>> messages(String data) {
    Path history = directory.resolve(data).resolve("history");
    try (TurnLog log = TurnLog.open(history, Clock.systemUTC())) {
      return log.turns(ConversationKey.of("t", "chat")).stream()
          .<List<?>>map(LoggedTurn::messages)
          .toList();
    }
  }

  @Test
  void import_conversationsWithSessions_keepsSpeakersDatesAndIds() throws IOException {
    Path file = directory.resolve("dialogue.json");
    Files.writeString(
        file,
        """
        [{"id":"conv-1","source":"own","sessions":[
          {"id":"s1","date":"1:56 pm on 8 May, 2023","turns":[
            {"id":"D1:1","speaker":"Ida","text":"Hi!"},
            {"id":"D1:2","speaker":"Bo","text":"Hello Ida."},
            {"id":"D1:3","speaker":"Ida","text":"I moved.","image_caption":"a house"}]},
          {"id":"s2","date":"some day","turns":[
            {"id":"D2:1","speaker":"Bo","text":"Back again."}]}],
          "questions":[]}]
        """,
        UTF_8);
    String data = directory.resolve("data").toString();
    assertThat(run("import", file.toString(), "--data", data, "--tenant", "t").out())
        .contains("3 turns taken in");
    try (TurnLog log = TurnLog.open(Path.of(data, "history"), Clock.systemUTC())) {
      List<LoggedTurn> turns = log.turns(ConversationKey.of("t", "conv-1"));
      assertThat(turns).hasSize(3);
      assertThat(turns.getFirst().at()).isEqualTo("2023-05-08T13:56:00Z");
      assertThat(turns.getFirst().messages())
          .extracting(m -> m.speaker())
          .containsExactly("Ida", "Bo");
      assertThat(turns.get(1).messages().getFirst().attributes())
          .containsEntry("image_caption", "a house");
      assertThat(turns.get(2).attributes()).containsEntry("date", "some day");
    }
  }

  @Test
  void import_notInUtf8_isRefusedWithTheRemedy() throws IOException {
    Path file = directory.resolve("old.jsonl");
    Files.writeString(file, "{\"role\":\"user\",\"content\":\"Gr\u00fc\u00dfe\"}\n", ISO_8859_1);
    Ended ended = run("import", file.toString(), "--data", directory.toString());

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.err()).contains("the file is not in UTF-8", "save it in UTF-8");
    assertThat(ended.err()).doesNotContain("at io.madeleine");
  }

  @Test
  void export_terminalThatKnowsAsciiAlone_losesNoCharacter() throws IOException {
    Path file = directory.resolve("lines.jsonl");
    Files.writeString(file, "{\"role\":\"user\",\"content\":\"Gr\u00fc\u00dfe\"}\n", UTF_8);
    String[] here = {"--data", directory.resolve("data").toString(), "--tenant", "t"};
    run(with(here, "import", file.toString()));
    var bytes = new ByteArrayOutputStream();
    PrintStream usual = System.out;
    System.setOut(new PrintStream(bytes, /* autoFlush= */ true, US_ASCII));
    try {
      assertThat(Main.commandLine().execute(with(here, "export"))).isZero();
    } finally {
      System.setOut(usual);
    }
    assertThat(bytes.toString(UTF_8)).contains("Gr\u00fc\u00dfe");
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void import_endOfAPipe_isRead() throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Thread.ofPlatform()
        .daemon()
        .start(() -> write("{\"role\":\"user\",\"content\":\"a\"}\n", pipe));
    Ended ended = run("import", pipe.toString(), "--data", directory.resolve("data").toString());

    assertThat(ended.out()).contains("1 turns taken in");
  }

  private static void write(String text, Path file) {
    try {
      Files.writeString(file, text, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void import_folder_isToldFromAFileThatIsMissing() {
    String data = directory.resolve("data").toString();
    assertThat(run("import", directory.toString(), "--data", data).err()).contains("is a folder");
    assertThat(run("import", directory + "/none", "--data", data).err()).contains("there is no");
  }

  @Test
  void import_lineThatIsNoMessage_namesTheLine() throws IOException {
    Path file = directory.resolve("bad.jsonl");
    Files.writeString(file, "{\"role\":\"user\",\"content\":\"a\"}\n{\"role\":\"ghost\"}\n", UTF_8);
    Ended ended = run("import", file.toString(), "--data", directory.toString());

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.err()).contains("line 2", "ghost");
  }
}
