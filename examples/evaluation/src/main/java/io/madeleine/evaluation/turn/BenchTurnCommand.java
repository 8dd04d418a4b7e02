package io.madeleine.evaluation.turn;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.madeleine.conversation.ready.HomePath;
import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Transformer;
import io.madeleine.evaluation.scratch.Scratch;
import io.madeleine.memory.codec.KvCodec;
import io.madeleine.pocket.PocketModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Does a turn behind 100,000 tokens cost what it costs behind 2,000? */
@Command(
    name = "turn",
    mixinStandardHelpOptions = true,
    description = "Measures a turn of a long conversation by four methods.")
public final class BenchTurnCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--history",
      split = ",",
      defaultValue = "2k,8k,32k,100k",
      description = "Tokens before the turn. Default: ${DEFAULT-VALUE}")
  private List<String> histories = List.of();

  @Option(
      names = "--model",
      defaultValue = PocketModel.NAME,
      description = "pocket, or a GGUF file. Default: ${DEFAULT-VALUE}")
  private String model = PocketModel.NAME;

  @Option(
      names = "--ram",
      defaultValue = "64",
      description = "Megabytes for stored episodes in memory. Default: ${DEFAULT-VALUE}")
  private int ramMegabytes;

  @Option(
      names = "--codec",
      defaultValue = "f16",
      description = "How episodes are written down. Default: ${DEFAULT-VALUE}")
  private String codec = "f16";

  @Option(names = "--json", description = "Writes the rows to this file, too.")
  private Optional<Path> json = Optional.empty();

  @Option(names = "--svg", description = "Draws the rows into this file.")
  private Optional<Path> svg = Optional.empty();

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    out.println(TurnRow.header());
    List<TurnRow> rows = new ArrayList<>();
    List<Integer> lengths = histories.stream().map(BenchTurnCommand::tokens).sorted().toList();
    try (Scratch scratch = Scratch.named("madeleine-turn");
        GgufFile file = GgufFile.open(modelFile(scratch.directory()));
        Transformer transformer = Transformer.load(file, new EngineOptions(1, true));
        TurnBench bench =
            new TurnBench(
                transformer,
                scratch.directory(),
                (long) ramMegabytes << 20,
                KvCodec.named(codec),
                Collections.max(lengths))) {
      for (int length : lengths) {
        bench.growTo(length);
        for (TurnRow row : bench.measure()) {
          out.println(row.toLine());
          out.flush();
          rows.add(row);
        }
      }
      if (json.isPresent()) {
        new ObjectMapper().writeValue(json.get().toFile(), Map.of("rows", rows));
      }
      if (svg.isPresent()) {
        Files.writeString(svg.get(), TurnPlot.svg(rows));
      }
    }
    return 0;
  }

  private Path modelFile(Path directory) throws IOException {
    return model.equals(PocketModel.NAME) ? PocketModel.installTo(directory) : HomePath.of(model);
  }

  /** {@return 2,000 for "2k" and 500 for "500"} */
  static int tokens(String text) {
    return text.endsWith("k")
        ? Integer.parseInt(text.substring(0, text.length() - 1)) * 1000
        : Integer.parseInt(text);
  }
}
