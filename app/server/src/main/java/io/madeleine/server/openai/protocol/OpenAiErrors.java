package io.madeleine.server.openai.protocol;

import io.madeleine.conversation.ready.ContextTooLongException;
import io.madeleine.conversation.scheduling.OverloadedException;
import io.madeleine.engine.kv.PoolExhaustedException;
import io.madeleine.spring.KvShares;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * Errors in OpenAI's shape, for what the controllers under {@code /v1} throw. What Spring refuses
 * by itself is not theirs.
 */
@RestControllerAdvice("io.madeleine.server.openai")
public class OpenAiErrors {

  /** Pages come back with the next answer that ends. */
  private static final Duration SOON = Duration.ofSeconds(2);

  @ExceptionHandler
  ResponseEntity<OpenAiException.ErrorBody> refuse(RuntimeException failure) {
    return response(of(failure));
  }

  /** No memory, no thread: the answer is over, the server is not. */
  @ExceptionHandler
  ResponseEntity<OpenAiException.ErrorBody> refuse(Error failure) {
    return response(of(failure));
  }

  private static ResponseEntity<OpenAiException.ErrorBody> response(OpenAiException error) {
    var response = ResponseEntity.status(error.status()).contentType(MediaType.APPLICATION_JSON);
    error
        .retryAfter()
        .ifPresent(
            wait -> response.header("Retry-After", Long.toString(Math.max(1, wait.toSeconds()))));
    return response.body(error.body());
  }

  /** {@return the refusal that a failure stands for} What is ours is logged, not told. */
  public static OpenAiException of(Throwable failure) {
    Throwable cause = cause(failure);
    return switch (cause) {
      case OpenAiException already -> already;
      case ContextTooLongException tooLong -> OpenAiException.tooLong(remedied(tooLong));
      case OverloadedException busy ->
          OpenAiException.busy(HttpStatus.SERVICE_UNAVAILABLE, message(busy), busy.retryAfter());
      case PoolExhaustedException full ->
          OpenAiException.busy(HttpStatus.SERVICE_UNAVAILABLE, message(full), SOON);
      case IllegalArgumentException wrong -> OpenAiException.invalid("", message(wrong));
      default -> {
        System.getLogger("io.madeleine.server")
            .log(System.Logger.Level.ERROR, "an answer failed", cause);
        yield OpenAiException.failed();
      }
    };
  }

  private static Throwable cause(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }

  private static String remedied(ContextTooLongException tooLong) {
    String message = message(tooLong);
    return tooLong.memoryWanted().isEmpty()
        ? message
        : message
            + " Answers from messages have a quarter of madeleine.kv.memory: set it to %dMB or more."
                .formatted(
                    megabytes(KvShares.memoryWithAnswersOf(tooLong.memoryWanted().getAsLong())));
  }

  private static long megabytes(long bytes) {
    return Math.ceilDiv(bytes, 1L << 20);
  }

  private static String message(Throwable failure) {
    return String.valueOf(failure.getMessage());
  }
}
