package io.madeleine.server;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;

/** Starts the server. */
@SpringBootApplication
public class ServerApplication {

  private static final Logger LOG = System.getLogger("io.madeleine.server");

  /** Starts it with Spring Boot's options, for example {@code --server.port=8080}. */
  public static void main(String[] arguments) {
    SpringApplication.run(ServerApplication.class, arguments);
  }

  /** Says where the page is, as soon as somebody answers there. */
  @EventListener
  void sayWhere(WebServerInitializedEvent event) {
    LOG.log(
        Level.INFO, "Open http://localhost:{0} in a browser.", "" + event.getWebServer().getPort());
  }
}
