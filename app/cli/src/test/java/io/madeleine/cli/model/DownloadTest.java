package io.madeleine.cli.model;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.digest.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DownloadTest {

  private static final int SIZE = 300_000;
  private static final int CUT = 70_000;

  private final Path file;
  private final Path part;
  private final byte[] content = model(5);

  DownloadTest(@TempDir Path directory) {
    this.file = directory.resolve("model.gguf");
    this.part = directory.resolve("model.gguf.part");
  }

  private static byte[] model(long seed) {
    var bytes = new byte[SIZE];
    new Random(seed).nextBytes(bytes);
    System.arraycopy("GGUF".getBytes(US_ASCII), 0, bytes, 0, 4);
    return bytes;
  }

  private Download of(OneFileServer server) {
    return of(server, Optional.empty());
  }

  private Download of(OneFileServer server, Optional<String> hash) {
    return new Download(
        server.address("/model.gguf"),
        file,
        hash,
        (done, total) -> {},
        new Download.Patience(
            Duration.ofMillis(500), Duration.ofMillis(1), /* longest= */ Duration.ofSeconds(60)));
  }

  /** Leaves what a run leaves that is ended once so many bytes are here. */
  private void pullSome(OneFileServer server, int bytes) {
    var download =
        new Download(
            server.address("/model.gguf"),
            file,
            Optional.empty(),
            (done, total) -> {
              if (done >= bytes) {
                throw new CancellationException("Ctrl-C");
              }
            });
    assertThatThrownBy(download::run).isInstanceOf(CancellationException.class);
    assertThat(part).exists();
    server.asked.clear();
  }

  private void assertNothingIsLeft() throws IOException {
    try (var left = Files.list(file.resolveSibling(""))) {
      assertThat(left.map(path -> String.valueOf(path.getFileName())))
          .noneMatch(name -> name.startsWith("model.gguf"));
    }
  }

  private void assertWhole(Download.Result result, byte[] bytes) throws IOException {
    assertThat(result.sha256()).isEqualTo(Sha256.hex(bytes));
    assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
    Files.delete(file);
    assertNothingIsLeft();
  }

  @Test
  void run_connectionCutAgainAndAgain_goesOnWhereItBroke() throws Exception {
    try (var server = new OneFileServer(content)) {
      server.hangUpAfter = CUT;
      var seen = new ArrayList<Long>();
      Download.Result result =
          new Download(
                  server.address("/model.gguf"),
                  file,
                  Optional.of(Sha256.hex(content)),
                  (done, total) -> seen.add(total))
              .run();
      assertThat(result.checked()).isTrue();
      assertThat(server.asked).hasSizeGreaterThanOrEqualTo(5).first().isEqualTo("");
      assertThat(server.asked.subList(1, 5)).allMatch(range -> range.startsWith("Range: bytes="));
      assertThat(OneFileServer.number(server.asked.getLast())).isGreaterThan(SIZE - CUT - 1);
      assertThat(seen).containsOnly((long) SIZE);
      assertWhole(result, content);
    }
  }

  @Test
  void run_endedAndRunAgain_goesOnWhereItWas() throws Exception {
    try (var server = new OneFileServer(content)) {
      server.headers = "ETag: \"a\"\r\n";
      pullSome(server, CUT);
      long here = Files.size(part);
      Download.Result result = of(server).run();

      assertThat(server.asked).containsExactly("Range: bytes=" + here + "-");
      assertWhole(result, content);
    }
  }

  @Test
  void run_endedTwice_leavesTheNoteOfWhatItIsAsItIs() throws Exception {
    try (var server = new OneFileServer(content)) {
      pullSome(server, CUT);
      Path note = file.resolveSibling("model.gguf.part.of");
      FileTime longAgo = FileTime.fromMillis(0);
      Files.setLastModifiedTime(note, longAgo);
      long here = Files.size(part);
      pullSome(server, 2 * CUT);

      assertThat(Files.size(part)).isGreaterThan(here);
      assertThat(Files.getLastModifiedTime(note)).isEqualTo(longAgo);
      assertWhole(of(server).run(), content);
    }
  }

  @Test
  void run_serverWithoutRanges_beginsAgain() throws Exception {
    try (var server = new OneFileServer(content)) {
      server.ranges = false;
      pullSome(server, CUT);

      assertWhole(of(server).run(), content);
    }
  }

  @Test
  void run_partOfAnotherFile_beginsAgain() throws Exception {
    try (var server = new OneFileServer(content);
        var other = new OneFileServer(model(6))) {
      pullSome(server, CUT);
      Download.Result result = of(other).run();

      assertThat(other.asked).containsExactly("");
      assertWhole(result, other.content);
    }
  }

  @Test
  void run_partOfNobodyKnowsWhat_beginsAgain() throws Exception {
    Files.write(part, new byte[1000]);
    try (var server = new OneFileServer(content)) {
      assertWhole(of(server).run(), content);
    }
  }

  /** A file that is as long as the one before, told apart by its tag or its hash; and a longer. */
  @Test
  void run_fileReplacedMeanwhile_beginsAgain() throws Exception {
    byte[] next = model(6);
    byte[] longer = Arrays.copyOf(next, SIZE + 1);
    try (var server = new OneFileServer(content)) {
      server.headers = "ETag: \"a\"\r\n";
      pullSome(server, CUT);
      server.content = next;
      server.headers = "ETag: \"b\"\r\n";
      assertWhole(of(server).run(), next);

      server.headers = "X-Linked-ETag: \"%s\"\r\n".formatted(Sha256.hex(next));
      pullSome(server, CUT);
      server.content = content;
      server.headers = "X-Linked-ETag: \"%s\"\r\n".formatted(Sha256.hex(content));
      assertWhole(of(server).run(), content);

      server.headers = "";
      pullSome(server, CUT);
      server.content = longer;
      assertWhole(of(server).run(), longer);
    }
  }

  /** Mirrors of one file, each with a tag of its own. */
  @Test
  void run_anotherTagButTheHashIsKnown_goesOn() throws Exception {
    try (var server = new OneFileServer(content)) {
      server.headers = "ETag: \"a\"\r\n";
      pullSome(server, CUT);
      long here = Files.size(part);
      server.headers = "ETag: \"b\"\r\n";
      Download.Result result = of(server, Optional.of(Sha256.hex(content))).run();

      assertThat(server.asked).containsExactly("Range: bytes=" + here + "-");
      assertWhole(result, content);
    }
  }

  @Test
  void run_anotherTagAndOtherBytesThanTheHashSays_keepsNothing() throws Exception {
    try (var server = new OneFileServer(content)) {
      server.headers = "ETag: \"a\"\r\n";
      pullSome(server, CUT);
      server.content = model(6);
      server.headers = "ETag: \"b\"\r\n";

      assertThatThrownBy(of(server, Optional.of(Sha256.hex(server.content)))::run)
          .hasMessageContaining("it is deleted, try again");
      assertNothingIsLeft();
      assertWhole(of(server).run(), server.content);
    }
  }

  @Test
  void run_partLongerThanTheFile_beginsAgain() throws Exception {
    byte[] little = Arrays.copyOf(model(6), CUT / 2);
    try (var server = new OneFileServer(content)) {
      pullSome(server, CUT);
      server.content = little;

      assertWhole(of(server).run(), little);
      assertThat(server.asked).hasSize(2).last().isEqualTo("");
    }
  }

  @Test
  void run_bytesFromElsewhere_beginsAgain() throws Exception {
    try (var server = new OneFileServer(content)) {
      for (String range : new String[] {"", "\r\nContent-Range: bytes 9-299999/300000"}) {
        pullSome(server, CUT);
        server.before.add("HTTP/1.1 206 Partial Content" + range);
        assertWhole(of(server).run(), content);
      }
    }
  }

  @Test
  void run_nothingMissing_checksTheHashThatTheServerTells() throws Exception {
    try (var server = new OneFileServer(content)) {
      pullSome(server, SIZE);
      server.headers = "X-Linked-ETag: \"%s\"\r\n".formatted(Sha256.hex(content));
      Download.Result result = of(server).run();
      assertThat(server.asked).containsExactly("Range: bytes=300000-");
      assertThat(result.checked()).isTrue();
      assertWhole(result, content);

      server.headers = "";
      pullSome(server, SIZE);
      server.headers = "X-Linked-ETag: \"%s\"\r\n".formatted("00".repeat(32));
      assertThatThrownBy(of(server)::run).hasMessageContaining("it should be 0000");
      assertNothingIsLeft();
    }
  }

  @Test
  void run_nothingMissingAndNoHashTold_isWholeAndUnchecked() throws Exception {
    try (var server = new OneFileServer(content)) {
      pullSome(server, SIZE);
      Download.Result result = of(server).run();

      assertThat(result.checked()).isFalse();
      assertWhole(result, content);
    }
  }

  @Test
  void run_nothingMissingAndTheServerSaysNoLength_isWhole() throws Exception {
    try (var server = new OneFileServer(content)) {
      pullSome(server, SIZE);
      server.before.add("HTTP/1.1 416 Range Not Satisfiable");
      Download.Result result = of(server).run();

      assertThat(server.asked).containsExactly("Range: bytes=300000-");
      assertWhole(result, content);
    }
  }

  @Test
  void run_nothingBehindHalfAFileAndTheServerSaysNoLength_beginsAgain() throws Exception {
    try (var server = new OneFileServer(content)) {
      pullSome(server, CUT);
      server.before.add("HTTP/1.1 416 Range Not Satisfiable");
      Download.Result result = of(server).run();

      assertThat(server.asked).hasSize(2).last().isEqualTo("");
      assertWhole(result, content);
    }
  }

  @Test
  void run_anotherIsLoadingIt_isRefused() throws Exception {
    try (var server = new OneFileServer(content)) {
      pullSome(server, CUT);
      long here = Files.size(part);
      try (PullLock other = PullLock.of(file)) {
        assertThat(other).isNotNull();
        assertThatThrownBy(of(server)::run)
            .hasMessageContaining(file + " is being pulled by another process")
            .hasMessageContaining("wait");
        PullLock.of(file.resolveSibling("another.gguf")).close();
      }
      assertThat(server.asked).isEmpty();
      assertThat(part).hasSize(here);
      assertWhole(of(server).run(), content);
    }
  }

  @Test
  void run_wrongHash_keepsNothing() throws Exception {
    try (var server = new OneFileServer(content)) {
      assertThatThrownBy(of(server, Optional.of("00".repeat(32)))::run)
          .hasMessageContaining("it should be 0000");
      assertNothingIsLeft();
    }
  }

  @Test
  void run_aWebPage_isRefusedAndNotKept() throws Exception {
    try (var server = new OneFileServer("<!doctype html>".getBytes(UTF_8))) {
      assertThatThrownBy(of(server)::run)
          .hasMessageContaining("is no model")
          .hasMessageContaining("/resolve/ where the page's has /blob/");
      assertThat(server.asked).hasSize(1);
      assertNothingIsLeft();
    }
  }

  @Test
  void run_noSuchFile_saysSoAtOnce() throws Exception {
    try (var server = new OneFileServer(content)) {
      server.before.add("HTTP/1.1 404 Not Found");
      assertThatThrownBy(of(server)::run)
          .hasMessageContaining("status 404")
          .hasMessageContaining("check the address");
      assertThat(server.asked).hasSize(1);
    }
  }

  @Test
  void run_modelBehindALogin_saysSoAtOnce() throws Exception {
    try (var server = new OneFileServer(content)) {
      server.before.add("HTTP/1.1 401 Unauthorized");
      assertThatThrownBy(of(server)::run).hasMessageContaining("the model wants a login");
      assertThat(server.asked).hasSize(1);
    }
  }

  @Test
  void run_busyServer_isAskedAgain() throws Exception {
    try (var server = new OneFileServer(content)) {
      server.before.add("HTTP/1.1 503 Service Unavailable");
      server.before.add("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0");
      server.before.add("HTTP/1.1 502 Bad Gateway\r\nRetry-After: Wed, 21 Oct 2015 07:28:00 GMT");

      assertWhole(of(server).run(), content);
      assertThat(server.asked).hasSize(4);
    }
  }

  @Test
  void pause_askedForByABusyServer_isNeverShorterThanTheUsualOne() {
    Download.Patience patience = Download.Patience.USUAL;
    Duration usual = Duration.ofSeconds(3);

    assertThat(patience.pause(3, Optional.empty())).isEqualTo(usual);
    assertThat(patience.pause(3, Optional.of(Duration.ZERO))).isEqualTo(usual);
    assertThat(patience.pause(3, Optional.of(Duration.ofSeconds(20)))).hasSeconds(20);
  }

  @Test
  void run_serverThatIsBusyForLong_saysHowLong() throws Exception {
    try (var server = new OneFileServer(content)) {
      server.before.add("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3600");
      assertThatThrownBy(of(server)::run)
          .hasMessageContaining("status 429")
          .hasMessageContaining("no time for 3,600 seconds");
      assertThat(server.asked).hasSize(1);
    }
  }

  @Test
  void run_serverThatNeverSends_givesUpAndKeepsWhatCame() throws Exception {
    try (var server = new OneFileServer(content)) {
      pullSome(server, CUT);
      long here = Files.size(part);
      server.hangUpAfter = 0;
      assertThatThrownBy(of(server)::run)
          .hasMessageContaining("broke off at %,d bytes".formatted(here))
          .hasMessageContaining("run the same command to go on");
      assertThat(part).hasSize(here);
      assertThat(server.asked).hasSize(5);
    }
  }

  @Test
  void run_serverThatFallsSilent_isLeftAndAskedAgain() throws Exception {
    try (var server = new OneFileServer(content)) {
      server.hangUpAfter = CUT;
      server.silentInsteadOfGone = true;

      assertWhole(of(server).run(), content);
      assertThat(server.asked).hasSizeGreaterThanOrEqualTo(5);
    }
  }
}
