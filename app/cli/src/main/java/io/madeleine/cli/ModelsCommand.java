package io.madeleine.cli;

import io.madeleine.cli.model.Catalogue;
import io.madeleine.cli.model.ModelFiles;
import io.madeleine.pocket.PocketModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "models",
    description = "Show which models are here and which can be had.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class ModelsCommand implements Callable<Integer> {

  @Mixin private DataFolder folder = new DataFolder();

  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    out.println("Here, in " + folder.models());
    out.println(
        "  %-14s %,4d MB  a toy that recalls what it was told"
            .formatted(PocketModel.NAME, PocketModel.bytes() / 1_000_000));
    for (Path file : new ModelFiles(folder.models()).here()) {
      if (!String.valueOf(file.getFileName()).startsWith("madeleine-pocket")) {
        out.println("  %s  %,d MB".formatted(file.getFileName(), Files.size(file) / 1_000_000));
      }
    }
    out.println(
        "To be had with ./madeleine pull NAME, or the address of a GGUF file; docs/models.md says which run");
    for (Catalogue.Entry entry : Catalogue.ALL) {
      out.println("  %-14s %,5d MB  %s".formatted(entry.name(), entry.megabytes(), entry.about()));
    }
    out.flush();
    return 0;
  }
}
