package io.madeleine.cli.model;

import io.madeleine.engine.digest.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/**
 * Gets one file over HTTP. What has come stays in {@code NAME.part}: a broken connection is taken
 * up again where it broke, in this run and in the next. The file gets its name when it is whole and
 * its SHA-256 is right.
 */
public final class Download {

  private static final int ATTEMPTS = 5;

  /**
   * How long to wait for a server.
   *
   * @param silence after so long without an answer, or twice as long without a byte, the connection
   *     counts as broken
   * @param pause before another attempt, longer each time that nothing came
   */
  record Patience(Duration silence, Duration pause) {
    static final Patience USUAL = new Patience(Duration.ofSeconds(60), Duration.ofSeconds(1));
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
  private final Path part;
  private final Progress progress;
  private final Patience patience;
  private Optional<String> expected;
  private long total;

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
    this.part = file.resolveSibling(file.getFileName() + ".part");
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
   * @throws IOException if the server does not have it, or the connection keeps breaking; what has
   *     come so far stays, and the next run goes on from there
   */
  public Result run() throws IOException, InterruptedException {
    Files.createDirectories(file.resolveSibling(""));
    try (HttpClient client =
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
          Thread.sleep(patience.pause().multipliedBy(attempt));
        }
      }
    }
  }

  /** Some failures of the network have no words of their own. */
  private static String reason(IOException e) {
    return Optional.ofNullable(e.getMessage()).orElseGet(() -> e.getClass().getSimpleName());
  }

  private long bytesHere() throws IOException {
    return Files.exists(part) ? Files.size(part) : 0;
  }

  private void fetch(HttpClient client) throws IOException, InterruptedException {
    long here = bytesHere();
    HttpRequest.Builder request = HttpRequest.newBuilder(address).timeout(patience.silence()).GET();
    if (here > 0) {
      request.header("Range", "bytes=" + here + "-");
    }
    HttpResponse<InputStream> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      switch (response.statusCode()) {
        case 200 -> take(response, body, 0);
        case 206 -> take(response, body, here);
        case 416 -> total = here; // nothing is missing, or the hash will tell
        default ->
            throw new RefusedException(
                "%s answered with status %d: check the address"
                    .formatted(address, response.statusCode()));
      }
    }
  }

  private void take(HttpResponse<InputStream> response, InputStream body, long from)
      throws IOException {
    expected = expected.or(() -> told(response));
    long length = response.headers().firstValueAsLong("Content-Length").orElse(0);
    total = length == 0 ? 0 : from + length;
    try (var watch = new SilenceWatch(body, patience.silence());
        var out =
            Files.newOutputStream(
                part,
                StandardOpenOption.CREATE,
                from == 0 ? StandardOpenOption.TRUNCATE_EXISTING : StandardOpenOption.APPEND)) {
      long done = from;
      byte[] buffer = new byte[1 << 16];
      for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
        out.write(buffer, 0, read);
        done += read;
        watch.heard();
        progress.at(done, total);
      }
      if (done < total) {
        throw new IOException("%,d of %,d bytes came".formatted(done, total));
      }
    }
  }

  /** Model hubs tell the SHA-256 of large files, on the answer or on the redirect before it. */
  private static Optional<String> told(HttpResponse<?> response) {
    for (Optional<? extends HttpResponse<?>> r = Optional.of(response);
        r.isPresent();
        r = r.get().previousResponse()) {
      Optional<String> hash =
          r.get()
              .headers()
              .firstValue("X-Linked-ETag")
              .map(tag -> tag.replace("\"", ""))
              .filter(tag -> tag.matches("[0-9a-fA-F]{64}"));
      if (hash.isPresent()) {
        return hash.map(text -> text.toLowerCase(Locale.ROOT));
      }
    }
    return Optional.empty();
  }

  private Result checked() throws IOException {
    String hash = sha256(part);
    if (expected.isPresent() && !expected.get().equals(hash)) {
      Files.delete(part);
      throw new RefusedException(
          "%s came with SHA-256 %s, but it should be %s; it is deleted, try again"
              .formatted(address, hash, expected.get()));
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    return new Result(file, hash, expected.isPresent());
  }

  private static String sha256(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      MessageDigest digest = Sha256.digest();
      byte[] buffer = new byte[1 << 16];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
      return HexFormat.of().formatHex(digest.digest());
    }
  }

  /** Trying again would not help. */
  private static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }
}
