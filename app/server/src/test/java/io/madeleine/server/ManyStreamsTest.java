package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import io.madeleine.conversation.completion.Completions;
import io.madeleine.memory.identity.Tenant;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many streams at once: all of them end, and nothing of them stays behind. */
final class ManyStreamsTest {

  @TempDir Path data;

  private final Queue<Long> firstByteNanos = new ConcurrentLinkedQueue<>();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicInteger answers = new AtomicInteger();

  @Test
  void streams_someAtOnce_leaveNothingBehind() throws Exception {
    campaign(/* streams= */ 24, round -> round < 3);
  }

  /** Ten minutes, or {@code -Dminutes=N}; the figures go to {@code target/streams.txt}. */
  @Test
  @Tag("long")
  void streams_twoHundredForTenMinutes_leaveNothingBehind() throws Exception {
    long end = System.nanoTime() + Duration.ofMinutes(Long.getLong("minutes", 10)).toNanos();
    campaign(/* streams= */ 200, _ -> System.nanoTime() < end);
  }

  /** Whether a stream is followed by another. */
  @FunctionalInterface
  private interface GoOn {
    boolean after(int round);
  }

  private void campaign(int streams, GoOn goOn) throws Exception {
    try (var server = new RunningServer(data, "--madeleine.server.requests=1000000000")) {
      round(server, streams, round -> round < 1); // loads every class and opens every file
      long files = settled(ManyStreamsTest::openFiles);
      long threads = settled(ManyStreamsTest::threads);
      firstByteNanos.clear();
      answers.set(0);

      round(server, streams, goOn);

      Completions completions = server.part(Completions.class);
      await("answers to end", () -> completions.load().running() == 0);
      completions.forget(new Tenant("test"));
      report(streams, files, threads);
      assertThat(completions.memoryBytes()).as("bytes of pages").isZero();
      await("files to be closed", () -> openFiles() <= files + streams / 10 + 4);
      await("threads to end", () -> threads() <= threads + 4);
      assertThat(refused.get()).isZero();
    }
  }

  private void round(RunningServer server, int streams, GoOn goOn) throws InterruptedException {
    try (var client = HttpClient.newHttpClient()) {
      var talking = new ArrayList<Thread>();
      for (int each = 0; each < streams; each++) {
        int number = each;
        talking.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      for (int round = 0; goOn.after(round); round++) {
                        stream(client, server, number, round);
                      }
                    }));
      }
      for (Thread each : talking) {
        each.join();
      }
    }
  }

  /** Every fourth remembers; every sixteenth hangs up half way. */
  private void stream(HttpClient client, RunningServer server, int number, int round) {
    String body =
        """
        {"temperature":0,"stream":true,"max_tokens":24,"messages":[{"role":"user","content":"The code of box %d is %d."}]}
        """
            .formatted(number, round);
    var request =
        HttpRequest.newBuilder(server.uri("/v1/chat/completions"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body));
    if (number % 4 == 0) {
      request.header("Madeleine-Conversation", "stream-" + number);
    }
    long began = System.nanoTime();
    try {
      HttpResponse<java.io.InputStream> response =
          client.send(request.build(), BodyHandlers.ofInputStream());
      try (var lines =
          new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
        String first = lines.readLine();
        firstByteNanos.add(System.nanoTime() - began);
        if (response.statusCode() != 200 || first == null) {
          refused.incrementAndGet();
        } else if (number % 16 != 1) {
          assertThat(lines.lines().filter(line -> line.equals("data: [DONE]")).count()).isOne();
          answers.incrementAndGet();
        }
      }
    } catch (IOException e) {
      refused.incrementAndGet();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void report(int streams, long files, long threads) throws IOException {
    long[] sorted = firstByteNanos.stream().mapToLong(Long::longValue).sorted().toArray();
    String line =
        String.format(
            Locale.ROOT,
            "%d streams at once, %,d begun, %,d answers to their end, %d refused; first byte p50 %.0f ms,"
                + " p99 %.0f ms; files %d -> %d, threads %d -> %d%n",
            streams,
            sorted.length,
            answers.get(),
            refused.get(),
            sorted[sorted.length / 2] / 1e6,
            sorted[(int) (sorted.length * 0.99)] / 1e6,
            files,
            openFiles(),
            threads,
            threads());
    Files.writeString(Path.of("target", "streams.txt"), line);
    System.out.print(line);
  }

  /** {@return a figure once it no longer falls} */
  private static long settled(LongSupplier figure) {
    long least = figure.getAsLong();
    for (int same = 0; same < 20; same++) {
      pause();
      long now = figure.getAsLong();
      if (now < least) {
        least = now;
        same = 0;
      }
    }
    return least;
  }

  private static void await(String what, BooleanSupplier holds) {
    long until = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!holds.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited two minutes for " + what).isLessThan(until);
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** 0 where the operating system does not tell. */
  private static long openFiles() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getOpenFileDescriptorCount()
        : 0;
  }

  private static long threads() {
    return ManagementFactory.getThreadMXBean().getThreadCount();
  }
}
