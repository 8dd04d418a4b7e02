package io.madeleine.cli.model;

import io.madeleine.engine.digest.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/**
 * Gets one model over HTTP. What has come stays in {@code NAME.part}: a broken connection is taken
 * up again where it broke, in this run and in the next, as long as the server has the same file
 * there. The file gets its name when it is whole and its SHA-256 is right; one process at a time
 * gets it.
 */
public final class Download {

  private static final int ATTEMPTS = 5;

  private static final byte[] MODEL = "GGUF".getBytes(StandardCharsets.US_ASCII);

  /**
   * How long to wait for a server.
   *
   * @param silence after so long without an answer, or twice as long without a byte, the connection
   *     counts as broken
   * @param pause before another attempt, longer each time that nothing came; at least that, where a
   *     busy server asks for less
   * @param longest the longest pause that a busy server may ask for
   */
  record Patience(Duration silence, Duration pause, Duration longest) {
    static final Patience USUAL =
        new Patience(Duration.ofSeconds(60), Duration.ofSeconds(1), Duration.ofSeconds(60));

    /**
     * {@return the pause behind so many attempts at which nothing came}
     *
     * @param asked what a busy server asks for, which may be none at all
     */
    Duration pause(int attempts, Optional<Duration> asked) {
      Duration usual = pause.multipliedBy(attempts);
      return asked.filter(longer -> longer.compareTo(usual) > 0).orElse(usual);
    }
  }

  /** Told how far it is. */
  @FunctionalInterface
  public interface Progress {

    /**
     * Called often.
     *
     * @param done bytes that are here
     * @param total bytes in all; 0 if nobody says
     */
    void at(long done, long total);
  }

  private final URI address;
  private final Path file;
  private final PartFile part;
  private final Optional<String> expected;
  private final Progress progress;
  private final Patience patience;

  /**
   * @param expected SHA-256 in hexadecimal; empty to take the one that the server tells, if it does
   */
  public Download(URI address, Path file, Optional<String> expected, Progress progress) {
    this(address, file, expected, progress, Patience.USUAL);
  }

  Download(
      URI address, Path file, Optional<String> expected, Progress progress, Patience patience) {
    this.address = address;
    this.file = file;
    this.part = new PartFile(file);
    this.expected = expected.map(hash -> hash.toLowerCase(Locale.ROOT));
    this.progress = progress;
    this.patience = patience;
  }

  /**
   * What came of it.
   *
   * @param file where it is
   * @param sha256 what its bytes hash to
   * @param checked whether anybody said what it should be
   */
  public record Result(Path file, String sha256, boolean checked) {}

  /**
   * {@return the file, whole}
   *
   * @throws IOException if the server does not have it or has something else there, the connection
   *     keeps breaking, or another process is getting it; what has come so far stays where the next
   *     run can go on from there
   */
  public Result run() throws IOException, InterruptedException {
    Files.createDirectories(file.resolveSibling(""));
    PullLock lock = PullLock.of(file);
    try (lock;
        HttpClient client =
            HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NORMAL)
                .connectTimeout(patience.silence())
                .build()) {
      for (int attempt = 1; ; attempt++) {
        long before = bytesHere();
        try {
          fetch(client);
          return checked();
        } catch (RefusedException e) {
          throw e;
        } catch (IOException e) {
          boolean moved = bytesHere() > before;
          attempt = moved ? 0 : attempt;
          if (attempt == ATTEMPTS) {
            throw new IOException(
                "%s broke off at %,d bytes (%s); run the same command to go on from there"
                    .formatted(address, bytesHere(), reason(e)),
                e);
          }
          Thread.sleep(pause(e, attempt));
        }
      }
    }
  }

  private Duration pause(IOException e, int attempt) {
    return patience.pause(
        attempt, e instanceof BusyException busy ? busy.retryAfter : Optional.empty());
  }

  /** Some failures of the network have no words of their own. */
  private static String reason(IOException e) {
    return Optional.ofNullable(e.getMessage()).orElseGet(() -> e.getClass().getSimpleName());
  }

  private long bytesHere() throws IOException {
    return part.bytesOf(Source.name(address));
  }

  /** Gets what is missing, or all where what is here is of another file. */
  private void fetch(HttpClient client) throws IOException, InterruptedException {
    long here = bytesHere();
    HttpRequest.Builder request = HttpRequest.newBuilder(address).timeout(patience.silence()).GET();
    if (here > 0) {
      request.header("Range", "bytes=" + here + "-");
    }
    HttpResponse<InputStream> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    boolean taken;
    try (InputStream body = response.body()) {
      taken = isTaken(Answer.of(address, response), body, here);
    }
    if (!taken) {
      part.drop();
      fetch(client); // nothing is here now, and so it asks for all
    }
  }

  /** {@return false if what is here does not go with what the server has} */
  private boolean isTaken(Answer answer, InputStream body, long here) throws IOException {
    if (answer.isWhole()) {
      take(body, part.begin(answer.source()), 0, answer.source().length());
      return true;
    }
    if (here == 0 || !answer.isRest()) {
      throw refusal(answer);
    }
    Source before = part.source().orElse(answer.source());
    if (!answer.goesOn(before, here, expected.isPresent())) {
      return false;
    }
    Source source = answer.source().or(before);
    if (answer.hasBytes()) {
      take(body, part.goOn(source), here, source.length());
    } else {
      part.note(source);
    }
    return true;
  }

  private void take(InputStream body, OutputStream to, long from, long total) throws IOException {
    try (var watch = new SilenceWatch(body, patience.silence());
        to) {
      long done = from;
      byte[] buffer = new byte[1 << 16];
      for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
        to.write(buffer, 0, read);
        done += read;
        watch.heard();
        progress.at(done, total);
      }
      if (done < total) {
        throw new IOException("%,d of %,d bytes came".formatted(done, total));
      }
    }
  }

  private IOException refusal(Answer answer) {
    String said = "%s answered with status %d".formatted(address, answer.status());
    Optional<Duration> later = answer.retryAfter();
    if (answer.isBusy()
        && later.filter(pause -> pause.compareTo(patience.longest()) > 0).isEmpty()) {
      return new BusyException(said, later);
    }
    if (answer.isBusy()) {
      return new RefusedException(
          "%s and has no time for %,d seconds: run the same command after that"
              .formatted(said, later.orElse(Duration.ZERO).toSeconds()));
    }
    return new RefusedException(
        switch (answer.status()) {
          case 401, 403 ->
              "%s: check the address; if it is right, the model wants a login: load it in a browser, and name its file with --model"
                  .formatted(said);
          default -> said + ": check the address";
        });
  }

  private Result checked() throws IOException {
    if (!part.beginsWith(MODEL)) {
      throw dropped(
          "is no model: it does not begin with the letters GGUF. Of a page that shows a file take the address of the file itself; on Hugging Face that has /resolve/ where the page's has /blob/");
    }
    Optional<Source> source = part.source();
    long length = source.map(Source::length).orElse(0L);
    long bytes = Files.size(part.path());
    if (length != 0 && bytes != length) {
      throw dropped(
          "came with %,d bytes, but it should be %,d; it is deleted, try again"
              .formatted(bytes, length));
    }
    Optional<String> right = expected.or(() -> source.flatMap(Source::sha256));
    String hash = sha256(part.path());
    if (right.isPresent() && !right.get().equals(hash)) {
      throw dropped(
          "came with SHA-256 %s, but it should be %s; it is deleted, try again"
              .formatted(hash, right.get()));
    }
    part.become(file);
    return new Result(file, hash, right.isPresent());
  }

  private RefusedException dropped(String why) throws IOException {
    part.drop();
    return new RefusedException(address + " " + why);
  }

  /**
   * {@return what the bytes of a file hash to, in hexadecimal}
   *
   * @throws IOException if it cannot be read
   */
  public static String sha256(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      MessageDigest digest = Sha256.digest();
      byte[] buffer = new byte[1 << 16];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
      return HexFormat.of().formatHex(digest.digest());
    }
  }

  /** The server has it, but no time. */
  private static final class BusyException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient Optional<Duration> retryAfter;

    BusyException(String message, Optional<Duration> retryAfter) {
      super(message);
      this.retryAfter = retryAfter;
    }
  }
}
