package io.madeleine.engine.gguf;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

/**
 * The same law as {@link GgufFuzzTest}, with a fuzzer that sees which branches it reaches. Apart
 * from the others, because its agent rewrites every class of the process; what it allocates hides
 * what we do.
 *
 * <pre>JAZZER_FUZZ=1 mvn -Plong -pl memory-core test -Dtest=GgufJazzerTest</pre>
 */
@Tag("long")
final class GgufJazzerTest {

  @FuzzTest(maxDuration = "2m")
  void open_anyBytes_refusesOrReadsThem(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("fuzz", ".gguf");
    try {
      new Reading(file).read(bytes);
    } finally {
      Files.delete(file);
    }
  }
}
