package io.madeleine.server;

import io.madeleine.conversation.ready.HomePath;
import io.madeleine.conversation.ready.ModelFolder;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Looks at the machine and says what to do. */
final class Doctor {

  private static final double GIB = 1L << 30;

  private static final Options OPTIONS =
      new Options(
          "doctor",
          List.of(
              new Options.Option("--model", "FILE|NAME"), new Options.Option("--data", "FOLDER")));

  private final PrintStream out;
  private boolean healthy = true;

  private Doctor(PrintStream out) {
    this.out = out;
  }

  /**
   * {@return the exit status: 0 if the server can run here or help was wanted, 2 if an option is
   * misspelled}
   */
  static int examine(String[] arguments, PrintStream out) {
    if (Options.askForHelp(arguments)) {
      out.print(
          OPTIONS.help("Looks at this machine, and says what to do before a server runs here."));
      return 0;
    }
    Map<String, String> given;
    try {
      given = OPTIONS.values(arguments);
    } catch (IllegalArgumentException e) {
      out.println(e.getMessage());
      return 2;
    }
    var doctor = new Doctor(out);
    doctor.jdk();
    doctor.vectors();
    doctor.nativeAccess();
    doctor.memory();
    Path data = HomePath.of(given.getOrDefault("--data", ServeArguments.USUAL_DATA));
    doctor.disk(data);
    doctor.model(given.getOrDefault("--model", "pocket"), new ModelFolder(data.resolve("models")));
    out.println(doctor.healthy ? "Ready to serve." : "Mend what is marked with ✗ first.");
    return doctor.healthy ? 0 : 1;
  }

  private void jdk() {
    int version = Runtime.version().feature();
    say(version >= 25, "JDK %s".formatted(Runtime.version()), "install a JDK 25 or newer");
  }

  private void vectors() {
    boolean there = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    say(
        true,
        there
            ? "vectors of %d bits".formatted(vectorBits())
            : "no Vector API: it runs, slower; start with --add-modules jdk.incubator.vector",
        "");
  }

  private static int vectorBits() {
    return jdk.incubator.vector.FloatVector.SPECIES_PREFERRED.vectorBitSize();
  }

  private void nativeAccess() {
    say(
        Doctor.class.getModule().isNativeAccessEnabled(),
        "native access for memory-mapped models",
        "start with --enable-native-access=ALL-UNNAMED");
  }

  private void memory() {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long total = system.getTotalMemorySize();
    double free =
        AvailableMemory.bytes(AvailableMemory.MEMINFO, total).orElseGet(system::getFreeMemorySize)
            / GIB;
    say(
        free > 0.5,
        String.format(
            Locale.ROOT,
            "%.1f GiB of memory free of %.1f; the heap may take %.1f",
            free,
            total / GIB,
            Runtime.getRuntime().maxMemory() / GIB),
        "close other programs: the toy model wants half a GiB, a 1B model about two");
  }

  private void disk(Path folder) {
    Path there = folder.toAbsolutePath();
    while (!Files.exists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    try {
      double free = Files.getFileStore(there).getUsableSpace() / GIB;
      say(
          Files.isWritable(there) && free > 0.1,
          String.format(Locale.ROOT, "data folder %s, %.1f GiB free", folder, free),
          "choose another with --data FOLDER");
    } catch (IOException e) {
      say(
          false,
          "data folder %s cannot be looked at: %s".formatted(folder, e.getMessage()),
          "choose another with --data FOLDER");
    }
  }

  private void model(String model, ModelFolder models) {
    if (model.equals("pocket")) {
      say(true, "model: the toy that comes along; --model FILE.gguf for a real one", "");
      return;
    }
    Optional<Path> file = models.find(model);
    say(
        file.isPresent(),
        "model " + file.map(Path::toString).orElse(model),
        "it is no file and no model in %s; './madeleine models' shows names, './madeleine pull NAME' loads one"
            .formatted(models.directory()));
  }

  private void say(boolean fine, String what, String remedy) {
    out.printf("%s %s%s%n", fine ? "✓" : "✗", what, fine || remedy.isEmpty() ? "" : " → " + remedy);
    healthy &= fine;
  }
}
