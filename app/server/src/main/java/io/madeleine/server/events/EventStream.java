package io.madeleine.server.events;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/**
 * Server-sent events to one client, as the HTML standard writes them, each on its way when the call
 * returns. The response opens with the first of them, so what goes wrong before has a status of its
 * own. For the request's own thread: a request that is over when its method returns is counted,
 * ended and waited for by the container itself, whatever its client does.
 */
public final class EventStream {

  /** Opens what is written to; asked once. */
  @FunctionalInterface
  public interface Target {

    /** {@return where the events go} */
    OutputStream open() throws IOException;
  }

  /** Named, for some clients read a text that names no charset as Latin-1. */
  private static final String TYPE =
      new MediaType(MediaType.TEXT_EVENT_STREAM, StandardCharsets.UTF_8).toString();

  private final Target target;
  private @Nullable OutputStream out;
  private boolean begun;

  /** Writes to what {@code target} opens. */
  public EventStream(Target target) {
    this.target = target;
  }

  /**
   * {@return a stream that is all of this response's body} It says that proxies are not to gather
   * the events and nobody is to store them.
   */
  public static EventStream of(HttpServletResponse response) {
    return new EventStream(
        () -> {
          response.setContentType(TYPE);
          response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
          response.setHeader("X-Accel-Buffering", "no");
          return response.getOutputStream();
        });
  }

  /** {@return whether an event was sent, or tried: what goes wrong now is told in one more} */
  public boolean begun() {
    return begun;
  }

  /**
   * Sends an event. The space in front of its data means nothing to the standard, and many a client
   * of OpenAI's protocol looks for it.
   *
   * @param line its data, without line ends
   * @throws UncheckedIOException if the client is gone
   */
  public void data(String line) {
    write("data: " + line + "\n\n");
  }

  /**
   * Sends what clients pass over: it keeps the connection alive, and shows whether it is.
   *
   * @param line without line ends
   * @throws UncheckedIOException if the client is gone
   */
  public void comment(String line) {
    write(": " + line + "\n\n");
  }

  private void write(String event) {
    begun = true;
    try {
      OutputStream body = body();
      body.write(event.getBytes(StandardCharsets.UTF_8));
      body.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("the client hung up", e);
    }
  }

  private OutputStream body() throws IOException {
    if (out == null) {
      out = target.open();
    }
    return out;
  }
}
