package io.madeleine.engine.gguf;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same law as {@link GgufFuzzTest}, with a fuzzer that sees which branches it reaches. Apart
 * from the others, because its agent rewrites every class of the process; what it allocates hides
 * what we do.
 *
 * <pre>JAZZER_FUZZ=1 mvn -Plong -pl memory-core test -Dtest=GgufJazzerTest</pre>
 */
@Tag("long")
final class GgufJazzerTest {

  /** Two valid files to begin from: one of every kind of metadata, and a whole small model. */
  static Stream<byte[]> valid() throws IOException {
    return GgufFuzzTest.valid(Files.createTempDirectory("fuzz")).stream();
  }

  @MethodSource("valid")
  @FuzzTest(maxDuration = "12m")
  void open_anyBytes_refusesOrReadsThem(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("fuzz", ".gguf");
    try {
      new Reading(file).read(bytes);
    } finally {
      Files.delete(file);
    }
  }
}
