package io.madeleine.server.memory;

import org.apache.tomcat.util.buf.EncodedSolidusHandling;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/**
 * Lets any name of a conversation stand in a path. A container refuses an encoded slash or
 * backslash, and who has called a conversation {@code a/b} in a body could neither see nor forget
 * it. Left encoded, they part nothing: a path is taken apart at its plain slashes before it is
 * decoded.
 */
@Component
class NamesInPaths implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {

  private static final String AS_IT_IS = EncodedSolidusHandling.PASS_THROUGH.getValue();

  @Override
  public void customize(TomcatServletWebServerFactory tomcat) {
    tomcat.addConnectorCustomizers(
        connector -> {
          connector.setEncodedSolidusHandling(AS_IT_IS);
          connector.setEncodedReverseSolidusHandling(AS_IT_IS);
        });
  }
}
