package io.madeleine.langchain4j.hosted.http;

import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.http.client.HttpMethod;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.sse.ServerSentEvent;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import io.madeleine.engine.json.Json;
import io.madeleine.langchain4j.hosted.Fields;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Keeps what it was sent and answers what a test says; to a stream, a line an event. */
final class ScriptedWire implements HttpClientBuilder, HttpClient {

  final List<Fields> seen = new ArrayList<>();
  private final Function<Fields, String> answers;

  ScriptedWire(Function<Fields, String> answers) {
    this.answers = answers;
  }

  static HttpRequest post(String body) {
    return HttpRequest.builder()
        .method(HttpMethod.POST)
        .url("http://localhost/v1/messages")
        .body(body)
        .build();
  }

  private String answer(HttpRequest request) {
    var body = new Fields(Json.parse(request.body()));
    seen.add(body);
    return answers.apply(body);
  }

  @Override
  public SuccessfulHttpResponse execute(HttpRequest request) {
    return SuccessfulHttpResponse.builder().statusCode(200).body(answer(request)).build();
  }

  @Override
  public void execute(
      HttpRequest request, ServerSentEventParser parser, ServerSentEventListener listener) {
    answer(request)
        .lines()
        .forEach(event -> listener.onEvent(new ServerSentEvent("message", event)));
    listener.onClose();
  }

  @Override
  public Duration connectTimeout() {
    return Duration.ofSeconds(1);
  }

  @Override
  public HttpClientBuilder connectTimeout(Duration timeout) {
    return this;
  }

  @Override
  public Duration readTimeout() {
    return Duration.ofSeconds(1);
  }

  @Override
  public HttpClientBuilder readTimeout(Duration timeout) {
    return this;
  }

  @Override
  public HttpClient build() {
    return this;
  }
}
