package io.madeleine.cli.model;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server says about a file, before its bytes come.
 *
 * @param status of HTTP
 * @param source which file it is
 * @param from the first byte that comes
 * @param retryAfter when to ask again
 */
record Answer(int status, Source source, long from, Optional<Duration> retryAfter) {

  private static final int OK = 200;
  private static final int PARTIAL = 206;
  private static final int NOTHING_MISSING = 416;

  private static final Pattern RANGE =
      Pattern.compile("bytes\\s+(?:(\\d{1,18})-\\d{1,18}|\\*)/(\\d{1,18}|\\*)");
  private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");

  static Answer of(URI address, HttpResponse<?> response) {
    HttpHeaders headers = response.headers();
    int status = response.statusCode();
    Matcher range = RANGE.matcher(headers.firstValue("Content-Range").orElse(""));
    boolean ranged = status != OK && range.matches();
    String total = ranged ? range.group(2) : "*";
    long length =
        status == OK
            ? headers.firstValueAsLong("Content-Length").orElse(0)
            : total.equals("*") ? 0 : Long.parseLong(total);
    var source =
        new Source(Source.name(address), headers.firstValue("ETag"), hash(response), length);
    long from = ranged && range.group(1) != null ? Long.parseLong(range.group(1)) : 0;
    Optional<Duration> later =
        headers
            .firstValue("Retry-After")
            .filter(text -> SECONDS.matcher(text).matches()) // or a date, which nobody sends
            .map(text -> Duration.ofSeconds(Long.parseLong(text)));
    return new Answer(status, source, from, later);
  }

  /** Model hubs tell the SHA-256 of large files, on the answer or on the redirect before it. */
  private static Optional<String> hash(HttpResponse<?> response) {
    for (Optional<? extends HttpResponse<?>> r = Optional.of(response);
        r.isPresent();
        r = r.get().previousResponse()) {
      Optional<String> hash =
          r.get()
              .headers()
              .firstValue("X-Linked-ETag")
              .map(tag -> tag.replace("\"", "").toLowerCase(Locale.ROOT))
              .filter(tag -> tag.matches("[0-9a-f]{64}"));
      if (hash.isPresent()) {
        return hash;
      }
    }
    return Optional.empty();
  }

  /** {@return whether the whole file comes} */
  boolean isWhole() {
    return status == OK;
  }

  /** {@return whether it is about the bytes behind those that are here, be there any or none} */
  boolean isRest() {
    return status == PARTIAL || status == NOTHING_MISSING;
  }

  /** {@return whether some of the file's bytes come} */
  boolean hasBytes() {
    return status == OK || status == PARTIAL;
  }

  /**
   * {@return whether what comes, or that nothing does, goes with what is here}
   *
   * @param part what the bytes that are here are of
   * @param here how many they are
   * @param hashKnown whether the whole file's hash is known, whatever servers tell
   */
  boolean goesOn(Source part, long here, boolean hashKnown) {
    // A 416 should say how long the file is, but need not: then what was told before counts.
    boolean fits = hasBytes() ? from == here : source.or(part).length() == here;
    return fits && source.mayBe(part, hashKnown);
  }

  /** {@return whether the same question may have another answer in a while} */
  boolean isBusy() {
    return status == 408 || status == 429 || status >= 500;
  }
}
