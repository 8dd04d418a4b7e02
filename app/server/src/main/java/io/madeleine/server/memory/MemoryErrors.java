package io.madeleine.server.memory;

import io.madeleine.conversation.ready.ContextTooLongException;
import io.madeleine.engine.kv.PoolExhaustedException;
import io.madeleine.memory.history.LogException;
import io.madeleine.server.access.BodyTooLargeException;
import java.io.UncheckedIOException;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.server.ResponseStatusException;

/** Refusals as problem details (RFC 9457). */
@RestControllerAdvice({"io.madeleine.server.memory", "io.madeleine.server.lease"})
class MemoryErrors {

  private final OwnFailures failures;

  MemoryErrors(OwnFailures failures) {
    this.failures = failures;
  }

  @ExceptionHandler
  ProblemDetail wrong(IllegalArgumentException failure) {
    return problem(HttpStatus.BAD_REQUEST, failure);
  }

  @ExceptionHandler
  ProblemDetail tooLong(ContextTooLongException failure) {
    return problem(HttpStatus.CONTENT_TOO_LARGE, failure);
  }

  @ExceptionHandler
  ProblemDetail full(PoolExhaustedException failure) {
    return problem(HttpStatus.SERVICE_UNAVAILABLE, failure);
  }

  @ExceptionHandler
  ProblemDetail disk(LogException failure) {
    return own(HttpStatus.INSUFFICIENT_STORAGE, failure);
  }

  @ExceptionHandler
  ProblemDetail unreadable(UncheckedIOException failure) {
    return BodyTooLargeException.behind(failure)
        .map(tooLarge -> problem(HttpStatus.CONTENT_TOO_LARGE, tooLarge))
        .orElseGet(() -> broken(failure));
  }

  @ExceptionHandler
  ProblemDetail refused(ResponseStatusException failure) {
    return failure.getBody();
  }

  /** All else, as of the index: unhandled, its message would go out as it is. */
  @ExceptionHandler
  ProblemDetail broken(RuntimeException failure) {
    return own(HttpStatus.INTERNAL_SERVER_ERROR, failure);
  }

  private ProblemDetail own(HttpStatus status, Exception failure) {
    return ProblemDetail.forStatusAndDetail(status, failures.told(failure));
  }

  private static ProblemDetail problem(HttpStatus status, Exception failure) {
    return ProblemDetail.forStatusAndDetail(status, String.valueOf(failure.getMessage()));
  }
}
