// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.dialogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.madeleine.evaluation.dialogue.Question.Kind;
import io.madeleine.evaluation.world.Dice;
import io.madeleine.evaluation.world.World;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Java tells and asks exactly what Python does: {@code expect.py} of the trainer wrote the file.
 */
class TranscriptTest {

  private static final World WORLD = World.load();
  private static final List<String> EXPECTED = read();
  private static final Path TRAINING = Path.of("../../app/pocket/training");
  private static final File PYTHON = new File("/usr/bin/python3");

  @Test
  void transcript_ofTheFirstSeed_isTheReadableOne() {
    List<String> readable =
        EXPECTED.stream().takeWhile(line -> !line.matches("\\d+ [0-9a-f]{64}")).toList();
    assertThat(transcript(1, 200, false).lines()).containsExactlyElementsOf(readable);
  }

  @ParameterizedTest
  @MethodSource("hashes")
  void transcript_ofEverySeed_hasPythonsHash(int seed, String hash) {
    assertThat(sha256(transcript(seed, 150 + 40 * seed, seed % 2 == 1))).isEqualTo(hash);
  }

  /**
   * The trainer's Python is in no build: this is what notices that it tells something else by now.
   */
  @Test
  void python_today_writesTheSameFile(@TempDir Path folder) throws Exception {
    assumeTrue(PYTHON.canExecute(), PYTHON + " is not there: the trainer's generator is not run");
    Path written = folder.resolve("transcripts.txt");
    Process expect =
        new ProcessBuilder(PYTHON.getPath(), "-B", "expect.py", written.toString())
            .directory(TRAINING.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("said.txt").toFile())
            .start();
    assertThat(expect.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(expect.exitValue()).as(Files.readString(folder.resolve("said.txt"))).isZero();
    assertThat(written).content().isEqualTo(String.join("\n", EXPECTED) + "\n");
  }

  static Stream<Object[]> hashes() {
    return EXPECTED.stream()
        .filter(line -> line.matches("\\d+ [0-9a-f]{64}"))
        .map(line -> line.split(" "))
        .map(row -> new Object[] {Integer.parseInt(row[0]), row[1]});
  }

  private static String transcript(long seed, int length, boolean phrases) {
    Dice dice = new Dice(seed);
    Script script = new Script(length, phrases);
    Dialogue dialogue = new Narrator(WORLD, dice, script, TranscriptTest::words).tell();
    StringBuilder out = new StringBuilder();
    for (Turn turn : dialogue.turns()) {
      PocketFormat.turn(turn).forEach(part -> out.append(part.text()));
      out.append('\n');
    }
    Asker asker = new Asker(WORLD, dice, phrases);
    for (int round = 0; round < 2; round++) {
      for (Kind kind : Kind.values()) {
        asker.ask(dialogue, kind).ifPresent(q -> out.append(line(q)).append('\n'));
      }
    }
    return out.toString();
  }

  private static String line(Question q) {
    String answer = q.answer().stream().map(Part::text).collect(Collectors.joining("|"));
    return "%s: %s ->%s %s".formatted(q.kind().label(), q.text(), answer, q.evidence());
  }

  private static int words(Turn turn) {
    return PocketFormat.turn(turn).stream()
        .mapToInt(p -> p.text().startsWith("<|") ? 1 : p.text().strip().split(" +").length)
        .sum();
  }

  private static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> read() {
    try (InputStream in = TranscriptTest.class.getResourceAsStream("transcripts.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
