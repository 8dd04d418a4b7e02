package io.madeleine.langchain4j.hosted.http;

import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.http.client.HttpMethod;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.sse.ServerSentEvent;
import dev.langchain4j.http.client.sse.ServerSentEventContext;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import io.madeleine.engine.json.Json;
import io.madeleine.engine.json.JsonException;
import io.madeleine.langchain4j.hosted.http.HostedCaching.Sent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Passes requests on, marked; listens to what their answers cost. Anything else passes as it is.
 */
final class CachingHttpClient implements HttpClient {

  private final HttpClient to;
  private final HostedCaching caching;

  CachingHttpClient(HttpClient to, HostedCaching caching) {
    this.to = to;
    this.caching = caching;
  }

  /** Builds what it is given, decorated. */
  record Builder(HttpClientBuilder to, HostedCaching caching) implements HttpClientBuilder {
    @Override
    public Duration connectTimeout() {
      return to.connectTimeout();
    }

    @Override
    public HttpClientBuilder connectTimeout(Duration timeout) {
      to.connectTimeout(timeout);
      return this;
    }

    @Override
    public Duration readTimeout() {
      return to.readTimeout();
    }

    @Override
    public HttpClientBuilder readTimeout(Duration timeout) {
      to.readTimeout(timeout);
      return this;
    }

    @Override
    public HttpClient build() {
      return new CachingHttpClient(to.build(), caching);
    }
  }

  @Override
  public SuccessfulHttpResponse execute(HttpRequest request) {
    Optional<Sent> sent = sent(request);
    if (sent.isEmpty()) {
      return to.execute(request);
    }
    SuccessfulHttpResponse response = to.execute(marked(request, sent.get().body()));
    json(response.body())
        .ifPresent(answer -> caching.answered(sent.get(), List.of(answer), again(request)));
    return response;
  }

  @Override
  public void execute(
      HttpRequest request, ServerSentEventParser parser, ServerSentEventListener listener) {
    Optional<Sent> sent = sent(request);
    if (sent.isEmpty()) {
      to.execute(request, parser, listener);
    } else {
      to.execute(
          marked(request, sent.get().body()),
          parser,
          new Hearing(listener, sent.get(), again(request)));
    }
  }

  /**
   * Sends other bodies to the same place, with the same headers. Holds no body: it may wait for an
   * hour, and a prompt is long.
   */
  private Course.Sender again(HttpRequest request) {
    HttpRequest place = place(request).build();
    return body -> {
      String answer = to.execute(marked(place, body)).body();
      return json(answer)
          .orElseThrow(() -> new IllegalStateException("the answer is no JSON: " + answer));
    };
  }

  private Optional<Sent> sent(HttpRequest request) {
    return request.method() == HttpMethod.POST
        ? json(request.body()).flatMap(caching::asked)
        : Optional.empty();
  }

  private static HttpRequest marked(HttpRequest request, Json body) {
    return place(request).body(body.write()).build();
  }

  private static HttpRequest.Builder place(HttpRequest request) {
    return HttpRequest.builder()
        .method(request.method())
        .url(request.url())
        .headers(request.headers());
  }

  @SuppressWarnings("NullAway") // LangChain4j's HTTP client declares no nullness
  private static Optional<Json> json(String text) {
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(Json.parse(text));
    } catch (JsonException e) {
      return Optional.empty();
    }
  }

  /** Hears a stream on its way to whoever asked. */
  private final class Hearing implements ServerSentEventListener {
    private final ServerSentEventListener to;
    private final Sent sent;
    private final Course.Sender again;
    private final List<Json> events = new ArrayList<>();

    Hearing(ServerSentEventListener to, Sent sent, Course.Sender again) {
      this.to = to;
      this.sent = sent;
      this.again = again;
    }

    @Override
    public void onOpen(SuccessfulHttpResponse response) {
      to.onOpen(response);
    }

    @Override
    public void onEvent(ServerSentEvent event, ServerSentEventContext context) {
      hear(event);
      to.onEvent(event, context);
    }

    @Override
    public void onEvent(ServerSentEvent event) {
      hear(event);
      to.onEvent(event);
    }

    private void hear(ServerSentEvent event) {
      json(event.data()).filter(caching::tells).ifPresent(events::add);
    }

    @Override
    public void onError(Throwable error) {
      to.onError(error);
    }

    @Override
    public void onClose() {
      caching.answered(sent, events, again);
      to.onClose();
    }
  }
}
