package io.madeleine.server;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;

/** Starts the server. */
@SpringBootApplication
public class ServerApplication {

  private static final Logger LOG = System.getLogger("io.madeleine.server");

  private final boolean browse;
  private final String data;

  ServerApplication(
      @Value("${madeleine.server.browse:false}") boolean browse,
      @Value("${madeleine.data}") String data) {
    this.browse = browse;
    this.data = data;
  }

  /** Starts it with Spring Boot's options, for example {@code --server.port=8080}. */
  public static void main(String[] arguments) {
    create().run(arguments);
  }

  /** {@return the application, not yet started} */
  static SpringApplication create() {
    var application = new SpringApplication(ServerApplication.class);
    application.addListeners(new ToyDefaults());
    application.setLazyInitialization(true); // see LaterBeans
    return application;
  }

  /** Says where the page is, as soon as somebody answers there, and shows it if that was wished. */
  @EventListener
  void sayWhere(WebServerInitializedEvent event) {
    String page = "http://localhost:" + event.getWebServer().getPort();
    LOG.log(Level.INFO, "Open {0} in a browser. What is said is kept in {1}.", page, data);
    if (browse) {
      Desktop.show(page);
    }
  }
}
