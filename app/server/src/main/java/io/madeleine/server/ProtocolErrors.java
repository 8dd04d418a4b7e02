package io.madeleine.server;

import io.madeleine.server.access.BodyTooLargeException;
import io.madeleine.server.openai.protocol.OpenAiException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/**
 * What Spring refuses by itself, as paths, methods and content types that nobody takes: in OpenAI's
 * shape under {@code /v1}, whose clients look for nothing else, and as problem details (RFC 9457)
 * everywhere else.
 */
@RestControllerAdvice
@Order(0) // as Spring Boot's own, which it stands in for
class ProtocolErrors extends ResponseEntityExceptionHandler {

  @Override
  protected @Nullable ResponseEntity<Object> handleHttpMessageNotReadable(
      HttpMessageNotReadableException failure,
      HttpHeaders headers,
      HttpStatusCode status,
      WebRequest request) {
    Optional<BodyTooLargeException> tooLarge = BodyTooLargeException.behind(failure);
    HttpStatusCode told = tooLarge.isPresent() ? HttpStatus.CONTENT_TOO_LARGE : status;
    String detail =
        tooLarge
            .map(each -> String.valueOf(each.getMessage()))
            .orElse("the body is no JSON that can be read");
    return handleExceptionInternal(
        failure, ProblemDetail.forStatusAndDetail(told, detail), headers, told, request);
  }

  @Override
  protected ResponseEntity<Object> createResponseEntity(
      @Nullable Object body, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
    HttpServletRequest asked = ((ServletWebRequest) request).getRequest();
    if (!asked.getServletPath().startsWith("/v1")) {
      return super.createResponseEntity(body, headers, status, request);
    }
    String detail = body instanceof ProblemDetail problem ? problem.getDetail() : null;
    OpenAiException error =
        OpenAiException.refused(status, inWords(asked, headers, status, detail));
    return ResponseEntity.status(status)
        .headers(headers)
        .contentType(MediaType.APPLICATION_JSON)
        .body(error.body());
  }

  private static String inWords(
      HttpServletRequest asked,
      HttpHeaders headers,
      HttpStatusCode status,
      @Nullable String detail) {
    String path = asked.getServletPath();
    return switch (status.value()) {
      case 404 -> "there is no %s here; /openapi.json lists what there is".formatted(path);
      case 405 ->
          "%s takes %s, not %s"
              .formatted(path, headers.getFirst(HttpHeaders.ALLOW), asked.getMethod());
      case 415 ->
          "%s takes JSON, not '%s': send Content-Type: application/json"
              .formatted(path, asked.getContentType());
      default -> String.valueOf(detail);
    };
  }
}
