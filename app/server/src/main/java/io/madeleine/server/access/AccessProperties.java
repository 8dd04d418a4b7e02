package io.madeleine.server.access;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Who may use the server, and how much.
 *
 * @param keys file with the hashes of the API keys; without one, only this machine may ask
 * @param localTenant tenant of requests from this machine when there are no keys; printed at start
 * @param body largest request
 * @param importBody largest conversation file to import
 * @param requests requests that a key may make in a window
 * @param window length of that window
 * @param streams answers and requests for embeddings that a key may have running at once
 */
@ConfigurationProperties("madeleine.server")
public record AccessProperties(
    @Nullable Path keys,
    @Nullable String localTenant,
    @DefaultValue("2MB") DataSize body,
    @DefaultValue("256MB") DataSize importBody,
    @DefaultValue("600") int requests,
    @DefaultValue("1m") Duration window,
    @DefaultValue("256") int streams) {

  public AccessProperties {
    if (requests < 1 || streams < 1) {
      throw new IllegalArgumentException(
          "madeleine.server.requests and .streams must be at least 1, but were %d and %d"
              .formatted(requests, streams));
    }
  }
}
