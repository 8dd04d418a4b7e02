package io.madeleine.server;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;

/** Starts the server. */
@SpringBootApplication
public class ServerApplication {

  private static final Logger LOG = System.getLogger("io.madeleine.server");

  private static final Set<String> USUAL = Set.of("127.0.0.1", "0:0:0:0:0:0:0:1");

  private final boolean browse;
  private final String data;
  private final ServerProperties server;

  ServerApplication(
      @Value("${madeleine.server.browse:false}") boolean browse,
      @Value("${madeleine.data}") String data,
      ServerProperties server) {
    this.browse = browse;
    this.data = data;
    this.server = server;
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

  /**
   * Says where the page is, as soon as somebody answers there, and shows it if that was wished. An
   * operator's own door has no page.
   */
  @EventListener
  void sayWhere(WebServerInitializedEvent event) {
    if (event.getApplicationContext().getServerNamespace() != null) {
      return;
    }
    String page = page(server.getAddress(), event.getWebServer().getPort());
    LOG.log(Level.INFO, "Open {0} in a browser. What is said is kept in {1}.", page, data);
    if (browse) {
      Desktop.show(page);
    }
  }

  /** {@return where a browser on this machine finds what listens on {@code address}} */
  static String page(@Nullable InetAddress address, int port) {
    return "http://%s:%d".formatted(host(address), port);
  }

  private static String host(@Nullable InetAddress address) {
    if (address == null
        || address.isAnyLocalAddress()
        || USUAL.contains(address.getHostAddress())) {
      return "localhost";
    }
    return address instanceof Inet6Address
        ? "[" + address.getHostAddress() + "]"
        : address.getHostAddress();
  }
}
