package io.madeleine.server.access;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;

/** The door: headers for everybody; for all but the page a caller, limits on size and rate. */
final class AccessFilter extends OncePerRequestFilter {

  private static final String CONTENT_POLICY =
      "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
          + "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

  /** In upper or lower case (RFC 9110, 11.1). */
  private static final String SCHEME = "Bearer ";

  /** The whole of a literal address: 127.0.0.1.example.com is a name, and anybody's. */
  private static final Pattern LOOPBACK = Pattern.compile("127(\\.\\d{1,3}){3}");

  /** What an operator sees is of all tenants together, so no tenant's key opens it. */
  private static final String OF_ALL =
      "this is about all tenants, so a tenant's key does not open it: set management.server.port"
          + " and management.server.address for an operator's own door";

  private final AccessProperties properties;
  private final ApiKeys keys;
  private final Optional<Caller> local;
  private final Allowance allowance;
  private final Areas areas;

  /**
   * @param local whom requests from this machine belong to when there are no keys
   */
  AccessFilter(
      AccessProperties properties,
      ApiKeys keys,
      Optional<Caller> local,
      Allowance allowance,
      Areas areas) {
    this.properties = properties;
    this.keys = keys;
    this.local = local;
    this.allowance = allowance;
    this.areas = areas;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    guard(response);
    Area area = areas.of(request);
    if (area == Area.PUBLIC || (area == Area.PROBE && !keys.isEmpty())) {
      chain.doFilter(request, response);
      return;
    }
    if (area == Area.OPERATOR && !keys.isEmpty()) {
      refuse(request, response, HttpStatus.FORBIDDEN, OF_ALL);
      return;
    }
    Optional<Caller> caller = caller(request);
    if (caller.isEmpty()) {
      response.setHeader("WWW-Authenticate", "Bearer");
      refuse(request, response, HttpStatus.UNAUTHORIZED, wantedKey());
      return;
    }
    BodyLimit limit = limit(request);
    long size = request.getContentLengthLong();
    if (size > limit.bytes()) {
      refuse(request, response, HttpStatus.CONTENT_TOO_LARGE, limit.refusal(size));
      return;
    }
    long wait = allowance.secondsUntilNext(caller.get().keyId());
    if (wait > 0) {
      response.setHeader("Retry-After", Long.toString(wait));
      refuse(request, response, HttpStatus.TOO_MANY_REQUESTS, tooMany(wait));
      return;
    }
    request.setAttribute(Caller.ATTRIBUTE, caller.get());
    chain.doFilter(new LimitedBody(request, limit), response);
  }

  private Optional<Caller> caller(HttpServletRequest request) throws IOException {
    if (keys.isEmpty()) {
      return fromThisMachine(request) ? local : Optional.empty();
    }
    String authorization = request.getHeader("Authorization");
    return authorization != null
            && authorization.regionMatches(/* ignoreCase= */ true, 0, SCHEME, 0, SCHEME.length())
        ? keys.callerOf(authorization.substring(SCHEME.length()).strip())
        : Optional.empty();
  }

  /** A page of another site, opened in a browser here, also comes from this machine: not it. */
  private static boolean fromThisMachine(HttpServletRequest request) throws IOException {
    String site = request.getHeader("Sec-Fetch-Site");
    boolean ownPage = site == null || site.equals("same-origin") || site.equals("none");
    return ownPage
        && namesThisMachine(request.getServerName())
        && InetAddress.getByName(request.getRemoteAddr()).isLoopbackAddress();
  }

  /** A name that somebody's DNS points at 127.0.0.1 is not this machine's. */
  private static boolean namesThisMachine(String host) {
    return host.equals("localhost")
        || LOOPBACK.matcher(host).matches()
        || host.equals("[::1]")
        || host.equals("::1")
        || host.equals("[0:0:0:0:0:0:0:1]")
        || host.equals("0:0:0:0:0:0:0:1");
  }

  private String wantedKey() {
    return keys.isEmpty()
        ? "without API keys only this machine may ask, under the name localhost; make a key with"
            + " './madeleine key'"
        : "a key is needed: send 'Authorization: Bearer mk-…'";
  }

  private String tooMany(long wait) {
    return "this key may make %,d requests in %s: try again in %d s, or have madeleine.server.requests set higher"
        .formatted(properties.requests(), words(properties.window()), wait);
  }

  private static String words(Duration window) {
    return window.toMillis() % 1_000 == 0
        ? "%,d s".formatted(window.toSeconds())
        : "%,d ms".formatted(window.toMillis());
  }

  private BodyLimit limit(HttpServletRequest request) {
    return request.getRequestURI().endsWith("/import")
        ? new BodyLimit(properties.importBody().toBytes(), "madeleine.server.import-body")
        : new BodyLimit(properties.body().toBytes(), "madeleine.server.body");
  }

  private static void guard(HttpServletResponse response) {
    response.setHeader("Content-Security-Policy", CONTENT_POLICY);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Referrer-Policy", "no-referrer");
    response.setHeader("X-Frame-Options", "DENY");
    response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
  }

  private void refuse(
      HttpServletRequest request, HttpServletResponse response, HttpStatus status, String detail)
      throws IOException {
    response.setStatus(status.value());
    boolean openAi = areas.path(request).startsWith("/v1");
    response.setContentType(openAi ? "application/json" : "application/problem+json");
    String body = openAi ? Refusals.openAi(status, detail) : Refusals.problem(status, detail);
    response.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
  }
}
