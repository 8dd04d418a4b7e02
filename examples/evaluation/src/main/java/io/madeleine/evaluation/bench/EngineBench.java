package io.madeleine.evaluation.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.tensor.ElementType;
import io.madeleine.engine.tensor.Tensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Is our engine as fast as llama.cpp? Both run in this process, on the same file, in turns. */
@Command(
    name = "engine",
    mixinStandardHelpOptions = true,
    description = "Measures prefill, decode and batched decode, next to llama.cpp.")
public final class EngineBench implements Callable<Integer> {
  private static final String PEER = "llama.cpp";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      description = "A GGUF file; may be given several times, one row each.")
  private List<Path> models = List.of();

  @Option(names = "--vs", paramLabel = "ENGINE", description = "The other engine: " + PEER + ".")
  private Optional<String> peer = Optional.empty();

  @Option(names = "--threads", defaultValue = "2", description = "Default: ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--prompt",
      defaultValue = "512",
      description = "Tokens of a prefill. Default: ${DEFAULT-VALUE}.")
  private int prompt;

  @Option(
      names = "--decode",
      defaultValue = "32",
      description = "Tokens decoded after it. Default: ${DEFAULT-VALUE}.")
  private int decode;

  @Option(
      names = "--sequences",
      defaultValue = "8",
      description = "Decoded together in the batched test. Default: ${DEFAULT-VALUE}.")
  private int sequences;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Medians are taken over so many. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(names = "--json", paramLabel = "OUT", description = "Writes the rows there.")
  private @Nullable Path json;

  @Override
  public Integer call() throws IOException {
    if (peer.isPresent() && !peer.get().equals(PEER)) {
      throw new ParameterException(
          spec.commandLine(), "unknown engine '%s'; known is %s".formatted(peer.get(), PEER));
    }
    var setting = new Setting(threads, prompt, decode, sequences, rounds);
    PrintWriter out = spec.commandLine().getOut();
    out.println("tokens per second, on the clock (and per second of processor time)");
    var rows = new ArrayList<EngineRow>();
    for (Path model : models) {
      EngineRow row = measure(model, setting);
      rows.add(row);
      out.println(row.toText());
      out.flush();
      if (json != null) {
        write(json, rows);
      }
    }
    return 0;
  }

  private EngineRow measure(Path model, Setting setting) throws IOException {
    long started = System.nanoTime();
    try (OurEngine ours = new OurEngine(model, setting)) {
      ours.prefill(0, new int[] {0});
      double firstToken = (System.nanoTime() - started) / 1e9;
      var duel = new Duel(setting, ours.vocabularySize());
      duel.warmUp(ours);
      var subject = new EngineRow.Subject(model, type(model), firstToken, ProcessMemory.peak());
      if (peer.isEmpty()) {
        return new EngineRow(
            subject, setting, duel.run(List.of(ours)).getFirst(), Optional.empty());
      }
      try (LlamaCppEngine theirs = new LlamaCppEngine(model, setting)) {
        duel.warmUp(theirs);
        List<Measured> both = duel.run(List.of(ours, theirs));
        return new EngineRow(subject, setting, both.getFirst(), Optional.of(both.getLast()));
      }
    }
  }

  /** {@return the type that holds the most weights} */
  private static String type(Path model) {
    try (GgufFile file = GgufFile.open(model)) {
      Map<ElementType, Long> sizes =
          file.tensorNames().stream()
              .map(file::tensor)
              .collect(Collectors.groupingBy(Tensor::type, Collectors.summingLong(Tensor::size)));
      return sizes.entrySet().stream()
          .max(Comparator.comparingLong(Map.Entry::getValue))
          .map(entry -> entry.getKey().toString())
          .orElse("none");
    }
  }

  private static void write(Path json, List<EngineRow> rows) throws IOException {
    var mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    var all = mapper.createObjectNode();
    var array = all.putArray("rows");
    rows.forEach(row -> array.add(row.toJson()));
    mapper.writeValue(json.toFile(), all);
  }
}
