package io.madeleine.server.memory;

import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/**
 * Leaves every body to whoever reads it. A container takes a body whose type is that of a form for
 * parameters and reads it away; no request here is a form, but {@code curl --data-binary} calls
 * every file one, and an import would find nothing.
 */
@Component
class WholeBodies implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {

  private static final String OF_NO_METHOD = "";

  @Override
  public void customize(TomcatServletWebServerFactory tomcat) {
    tomcat.addConnectorCustomizers(connector -> connector.setParseBodyMethods(OF_NO_METHOD));
  }
}
