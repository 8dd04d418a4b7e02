package io.madeleine.server.access;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Tells what a request asks for. Only what is known to be public is: wherever a setting moves an
 * endpoint to, it does not stand open there.
 */
final class Areas {

  private static final Set<String> READS = Set.of("GET", "HEAD");

  private static final Pattern PAGE =
      Pattern.compile(
          "/|/index\\.html|/favicon\\.svg|/openapi\\.json|/(css|js|webjars)(/[\\w@-][\\w@.-]*)+");

  private final String served;
  private final String operators;
  private final Set<String> probes;

  /**
   * @param served what stands before every path, empty for nothing
   * @param operators base path of what an operator asks, without what is {@code served}; if it is
   *     empty, all that is not the API is the operator's
   */
  Areas(String served, String operators) {
    this.served = served;
    this.operators = operators;
    this.probes =
        Set.of(
            "/livez", "/readyz", operators + "/health/liveness", operators + "/health/readiness");
  }

  /** {@return the path that is asked for, without what stands before every one} */
  String path(HttpServletRequest request) {
    String path = request.getServletPath() + Objects.requireNonNullElse(request.getPathInfo(), "");
    return isUnder(path, served) ? path.substring(served.length()) : path;
  }

  Area of(HttpServletRequest request) {
    String path = path(request);
    if (probes.contains(path)) {
      return Area.PROBE;
    }
    if (!operators.isEmpty() && isUnder(path, operators)) {
      return Area.OPERATOR;
    }
    if (READS.contains(request.getMethod()) && PAGE.matcher(path).matches()) {
      return Area.PUBLIC;
    }
    return operators.isEmpty() && !isApi(path) ? Area.OPERATOR : Area.TENANT;
  }

  private static boolean isApi(String path) {
    return isUnder(path, "/api") || isUnder(path, "/v1");
  }

  private static boolean isUnder(String path, String base) {
    return path.equals(base) || path.startsWith(base + "/");
  }
}
