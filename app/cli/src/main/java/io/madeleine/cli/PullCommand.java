package io.madeleine.cli;

import io.madeleine.cli.model.Catalogue;
import io.madeleine.cli.model.Download;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "pull",
    description = "Get a model. What was cut short goes on where it stopped.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class PullCommand implements Callable<Integer> {

  private static final int BAR = 30;

  private static final Pattern HASH = Pattern.compile("[0-9a-fA-F]{64}");

  @Mixin private DataFolder folder = new DataFolder();

  @Parameters(
      paramLabel = "NAME|URL",
      description = "a name that ./madeleine models shows, or an address")
  private String wanted = "";

  @Option(names = "--sha256", paramLabel = "HEX", description = "what the file must hash to")
  private Optional<String> sha256 = Optional.empty();

  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  private long shown = -1;

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter err = spec.commandLine().getErr();
    URI address = address();
    sha256.ifPresent(PullCommand::requireHash);
    Path file = folder.models().resolve(fileName(address));
    if (Files.exists(file)) {
      err.println(whatIsHere(file));
      sayHowToUse(file, err);
      return 0;
    }
    var result = new Download(address, file, sha256, (done, total) -> bar(err, done, total)).run();
    err.println();
    err.println(
        "%s is whole%s".formatted(result.file(), result.checked() ? ", its SHA-256 is right" : ""));
    err.println("SHA-256 " + result.sha256());
    sayHowToUse(file, err);
    return 0;
  }

  private static void requireHash(String text) {
    if (!HASH.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "--sha256 takes 64 hexadecimal digits, but was '%s', of %d characters: copy it whole"
              .formatted(text, text.length()));
    }
  }

  /**
   * {@return what to say of a file that need not be pulled}
   *
   * @throws IllegalArgumentException if its hash is another than the one asked for
   */
  private String whatIsHere(Path file) throws IOException {
    if (sha256.isPresent()) {
      String hash = Download.sha256(file);
      if (!hash.equalsIgnoreCase(sha256.get())) {
        throw new IllegalArgumentException(
            "%s is here, with SHA-256 %s, not %s: remove it or move it away, and pull again"
                .formatted(file, hash, sha256.get()));
      }
      return file + " is here already, its SHA-256 is right";
    }
    return Catalogue.find(wanted).isPresent()
        ? file + " is here already"
        : "a file of that name is here already: %s; if it is another model, move it away and pull again"
            .formatted(file);
  }

  private String fileName(URI address) {
    String path = address.getPath();
    return Catalogue.find(wanted)
        .map(Catalogue.Entry::file)
        .orElseGet(() -> path.substring(path.lastIndexOf('/') + 1));
  }

  private void sayHowToUse(Path file, PrintWriter err) {
    boolean byName = Catalogue.find(wanted).isPresent() && folder.isUsual();
    String model = byName ? wanted : file.toString();
    err.println("./madeleine chat --model " + model);
    err.println("./madeleine serve --model " + model);
    err.flush();
  }

  private URI address() {
    if (wanted.contains("://")) {
      URI address = URI.create(wanted);
      boolean http = wanted.startsWith("http://") || wanted.startsWith("https://");
      if (!http || address.getPath() == null || !address.getPath().endsWith(".gguf")) {
        throw new IllegalArgumentException(
            "an address must begin with http:// or https:// and end in a .gguf file, but was "
                + wanted);
      }
      return address;
    }
    return Catalogue.find(wanted)
        .map(Catalogue.Entry::address)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no model is called '%s': ./madeleine models shows those that can be had"
                        .formatted(wanted)));
  }

  private void bar(PrintWriter err, long done, long total) {
    long step = total == 0 ? done >> 20 : done * 1000 / total;
    if (step == shown) {
      return;
    }
    shown = step;
    if (total == 0) {
      err.print("\r%,d MB".formatted(done / 1_000_000));
    } else {
      int full = (int) (done * BAR / total);
      err.print(
          "\r[%s%s] %5.1f %%  %,d of %,d MB"
              .formatted(
                  "█".repeat(full),
                  "·".repeat(BAR - full),
                  100.0 * done / total,
                  done / 1_000_000,
                  total / 1_000_000));
    }
    err.flush();
  }
}
