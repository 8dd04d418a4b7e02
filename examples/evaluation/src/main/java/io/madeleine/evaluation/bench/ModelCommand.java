package io.madeleine.evaluation.bench;

import io.madeleine.engine.tensor.ElementType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench model}: makes the files that speed and memory are measured on. */
@Command(
    name = "model",
    mixinStandardHelpOptions = true,
    description = "Writes a model with random weights, of Llama 3.2 1B's shape unless told.")
public final class ModelCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "Where to write.")
  private Path out = Path.of("");

  @Option(
      names = "--type",
      defaultValue = "Q8_0",
      description = "Of all matrices: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private ElementType type = ElementType.Q8_0;

  @Option(names = "--layers", defaultValue = "16", description = "Default: ${DEFAULT-VALUE}.")
  private int layers;

  @Option(names = "--width", defaultValue = "2048", description = "Default: ${DEFAULT-VALUE}.")
  private int width;

  @Option(names = "--heads", defaultValue = "32", description = "Default: ${DEFAULT-VALUE}.")
  private int heads;

  @Option(names = "--kv-heads", defaultValue = "8", description = "Default: ${DEFAULT-VALUE}.")
  private int kvHeads;

  @Option(
      names = "--feed-forward",
      defaultValue = "8192",
      description = "Width within a feed-forward layer. Default: ${DEFAULT-VALUE}.")
  private int feedForward;

  @Option(
      names = "--vocabulary",
      defaultValue = "32768",
      description = "Tokens; Llama 3.2 has 128256. Default: ${DEFAULT-VALUE}.")
  private int vocabulary;

  @Option(names = "--seed", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Override
  public Integer call() throws IOException {
    try {
      var shape = new ModelShape(layers, width, heads, kvHeads, feedForward, vocabulary);
      new MadeUpModel(shape, type, seed).writeTo(out);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    PrintWriter said = spec.commandLine().getOut();
    said.printf(Locale.ROOT, "%s: %,d bytes%n", out, Files.size(out));
    said.flush();
    return 0;
  }
}
