package io.madeleine.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The server in a process of its own, which can be interrupted and killed. */
final class ChildServer implements AutoCloseable {

  private static final Pattern WHERE = Pattern.compile("Open http://localhost:(\\d+) ");

  private final Process process;
  private final int port;

  /** Starts it and waits until somebody answers there. */
  ChildServer(Path data) throws IOException {
    Path errors = Files.createTempFile("server", ".err");
    errors.toFile().deleteOnExit();
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx768m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "io.madeleine.server.Main",
                "serve",
                "--no-browser",
                "--port",
                "0",
                "--data",
                data.toString(),
                "--tenant",
                "test",
                "--embeddings",
                "off",
                "--madeleine.server.warm-up=false",
                "--madeleine.kv.memory=256MB",
                "--spring.lifecycle.timeout-per-shutdown-phase=10m")
            .redirectError(errors.toFile())
            .start();
    port = port(errors);
  }

  private int port(Path errors) throws IOException {
    var printed =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    var said = new StringBuilder();
    for (String line = printed.readLine(); line != null; line = printed.readLine()) {
      said.append(line).append('\n');
      Matcher where = WHERE.matcher(line);
      if (where.find()) {
        Thread.ofVirtual().start(() -> printed.lines().forEach(_ -> {})); // or its pipe fills
        return Integer.parseInt(where.group(1));
      }
    }
    throw new IllegalStateException(
        "the server ended before it answered: %s%s".formatted(said, Files.readString(errors)));
  }

  int port() {
    return port;
  }

  /** Ends it as {@code kill -9} does: it learns nothing of it. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /**
   * Asks it to end, as a service manager does. What Ctrl-C sets going is the same; but a program
   * that was started in the background of a shell is born deaf to Ctrl-C, and the tests may run
   * there.
   */
  void terminate() {
    process.destroy();
  }

  /** {@return its exit status, when it has ended} */
  int ended() throws InterruptedException {
    if (!process.waitFor(2, TimeUnit.MINUTES)) {
      throw new IllegalStateException("the server was asked to end and still runs after 2 minutes");
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
