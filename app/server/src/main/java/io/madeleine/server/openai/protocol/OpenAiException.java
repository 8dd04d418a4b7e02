package io.madeleine.server.openai.protocol;

import java.time.Duration;
import java.util.Optional;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;

/** A refusal in OpenAI's shape. */
public final class OpenAiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final HttpStatusCode status;
  private final String type;
  private final String param;
  private final String code;
  private Duration retryAfter = Duration.ZERO;

  private OpenAiException(
      HttpStatusCode status, String type, String param, String code, String message) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
    this.code = code;
  }

  /** {@return a refusal of what the client sent} */
  public static OpenAiException invalid(String param, String message) {
    return new OpenAiException(
        HttpStatus.BAD_REQUEST, "invalid_request_error", param, "invalid_value", message);
  }

  /** {@return a refusal of a request that never reached what it was for} */
  public static OpenAiException refused(HttpStatusCode status, String message) {
    String type = status.is5xxServerError() ? "server_error" : "invalid_request_error";
    return new OpenAiException(status, type, "", "", message);
  }

  /** {@return a refusal of what exists in the protocol and not here} */
  public static OpenAiException unsupported(String param, String message) {
    return new OpenAiException(
        HttpStatus.BAD_REQUEST, "invalid_request_error", param, "unsupported_parameter", message);
  }

  /** {@return a refusal of a prompt that does not fit} */
  public static OpenAiException tooLong(String message) {
    return new OpenAiException(
        HttpStatus.BAD_REQUEST,
        "invalid_request_error",
        "messages",
        "context_length_exceeded",
        message);
  }

  /** {@return a refusal of a model that is not here} */
  public static OpenAiException noModel(String message) {
    return new OpenAiException(
        HttpStatus.NOT_FOUND, "invalid_request_error", "model", "model_not_found", message);
  }

  /** {@return a refusal for now, which says when to come again} */
  public static OpenAiException busy(HttpStatus status, String message, Duration retryAfter) {
    var busy = new OpenAiException(status, "rate_limit_error", "", "", message);
    busy.retryAfter = retryAfter;
    return busy;
  }

  /**
   * {@return a refusal of one more answer of the same key at once}
   *
   * @param most how many it may have
   */
  public static OpenAiException manyAtOnce(int most) {
    return busy(
        HttpStatus.TOO_MANY_REQUESTS,
        "this key may have %,d answers running at once, and has them: ask again when one is over, or"
                .formatted(most)
            + " have madeleine.server.streams set higher",
        Duration.ofSeconds(1));
  }

  /** {@return an error of ours, without what it was} */
  public static OpenAiException failed() {
    return new OpenAiException(
        HttpStatus.INTERNAL_SERVER_ERROR,
        "server_error",
        "",
        "",
        "the answer failed; the server's log says why");
  }

  /** {@return the status of the response} */
  public HttpStatusCode status() {
    return status;
  }

  /** {@return when it may go better; empty if it never will} */
  public Optional<Duration> retryAfter() {
    return Optional.of(retryAfter).filter(wait -> !wait.isZero());
  }

  /** {@return the error as the protocol has it} */
  public ErrorBody body() {
    return new ErrorBody(
        new ErrorBody.Error(
            String.valueOf(getMessage()),
            type,
            Optional.of(param).filter(text -> !text.isEmpty()),
            Optional.of(code).filter(text -> !text.isEmpty())));
  }

  /**
   * An error.
   *
   * @param error what is wrong
   */
  public record ErrorBody(Error error) {

    /**
     * What is wrong.
     *
     * @param message for a person
     * @param type the kind of error
     * @param param the parameter that is at fault
     * @param code the error, for a program
     */
    public record Error(
        String message, String type, Optional<String> param, Optional<String> code) {}
  }
}
