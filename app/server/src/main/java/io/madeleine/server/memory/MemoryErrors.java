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
@RestControllerAdvice(basePackageClasses = MemoryErrors.class)
class MemoryErrors {

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
    return problem(HttpStatus.INSUFFICIENT_STORAGE, failure);
  }

  @ExceptionHandler
  ProblemDetail unreadable(UncheckedIOException failure) {
    return BodyTooLargeException.behind(failure)
        .map(tooLarge -> problem(HttpStatus.CONTENT_TOO_LARGE, tooLarge))
        .orElseGet(() -> problem(HttpStatus.INTERNAL_SERVER_ERROR, failure));
  }

  @ExceptionHandler
  ProblemDetail refused(ResponseStatusException failure) {
    return failure.getBody();
  }

  private static ProblemDetail problem(HttpStatus status, Exception failure) {
    return ProblemDetail.forStatusAndDetail(status, String.valueOf(failure.getMessage()));
  }
}
