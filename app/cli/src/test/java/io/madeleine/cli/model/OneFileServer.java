package io.madeleine.cli.model;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A server of one file, which hangs up, or says no more, after so many bytes of each answer. Set it
 * up while nobody asks it.
 */
final class OneFileServer implements AutoCloseable {
  private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final List<Socket> silent = new CopyOnWriteArrayList<>();

  /** What it was asked for: the header {@code Range}, or nothing. */
  final List<String> asked = new CopyOnWriteArrayList<>();

  /** Whole heads that it answers first, one a request. */
  final Deque<String> before = new ConcurrentLinkedDeque<>();

  /** What it has. */
  volatile byte[] content;

  /** Said in each answer, each with its end of line. */
  volatile String headers = "";

  volatile int hangUpAfter = Integer.MAX_VALUE;
  volatile boolean ranges = true;
  volatile boolean silentInsteadOfGone;

  OneFileServer(byte[] content) throws IOException {
    this.content = content;
    Thread.ofPlatform().daemon().start(this::serve);
  }

  URI address(String path) {
    return URI.create(
        "http://%s:%d%s"
            .formatted(socket.getInetAddress().getHostAddress(), socket.getLocalPort(), path));
  }

  private void serve() {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        answer(client);
        if (silentInsteadOfGone) {
          silent.add(client);
        } else {
          client.close();
        }
      } catch (IOException e) {
        // The client has gone, or the server is closed.
      }
    }
  }

  private void answer(Socket client) throws IOException {
    var in = new BufferedReader(new InputStreamReader(client.getInputStream(), ISO_8859_1));
    var request = new ArrayList<String>();
    for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
      request.add(line);
    }
    if (request.isEmpty()) {
      return; // it hung up before it asked
    }
    String range = request.stream().filter(line -> line.startsWith("Range")).findFirst().orElse("");
    asked.add(range);
    OutputStream out = client.getOutputStream();
    if (before.isEmpty()) {
      answer(out, ranges && !range.isEmpty() ? number(range) : 0);
    } else {
      out.write((before.remove() + "\r\nContent-Length: 0\r\n\r\n").getBytes(ISO_8859_1));
    }
    out.flush();
  }

  private void answer(OutputStream out, int from) throws IOException {
    byte[] whole = content;
    int length = whole.length;
    String status = "200 OK";
    byte[] body = whole;
    String range = "";
    if (from >= length) {
      status = "416 Range Not Satisfiable";
      range = "Content-Range: bytes */%d\r\n".formatted(length);
      body = "there is no more".getBytes(ISO_8859_1);
    } else if (from > 0) {
      status = "206 Partial Content";
      range = "Content-Range: bytes %d-%d/%d\r\n".formatted(from, length - 1, length);
      body = Arrays.copyOfRange(whole, from, length);
    }
    String head =
        "HTTP/1.1 %s\r\n%s%sContent-Length: %d\r\n\r\n"
            .formatted(status, range, headers, body.length);
    out.write(head.getBytes(ISO_8859_1));
    out.write(body, 0, Math.min(hangUpAfter, body.length));
  }

  /** {@return the first byte that a range asks for} */
  static int number(String range) {
    return Integer.parseInt(range, range.indexOf('=') + 1, range.length() - 1, 10);
  }

  @Override
  public void close() throws IOException {
    socket.close();
    for (Socket client : silent) {
      client.close();
    }
  }
}
