package io.madeleine.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** Which Madeleine this is, as Maven wrote it into the jar. */
final class Version implements IVersionProvider {

  private static final String POM = "/META-INF/maven/io.madeleine/madeleine-cli/pom.properties";

  @Override
  public String[] getVersion() throws IOException {
    try (InputStream in = Version.class.getResourceAsStream(POM)) {
      var pom = new Properties();
      if (in != null) {
        pom.load(in);
      }
      String version = pom.getProperty("version", "not packed");
      return new String[] {"madeleine %s, Java %s".formatted(version, Runtime.version())};
    }
  }
}
