package io.madeleine.evaluation.codec;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.madeleine.conversation.ready.HomePath;
import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Transformer;
import io.madeleine.engine.text.ModelText;
import io.madeleine.evaluation.lab.reader.DialogueReader;
import io.madeleine.evaluation.scratch.Scratch;
import io.madeleine.memory.codec.KvCodec;
import io.madeleine.pocket.PocketModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code madeleine bench codec}: is a cache restored faster than it is computed again? */
@Command(
    name = "codec",
    mixinStandardHelpOptions = true,
    description = "Bytes and speed of every codec: restore from disk beside a prefill.")
public final class BenchCodecCommand implements Callable<Integer> {

  private static final long SEED = 9000;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--model",
      defaultValue = PocketModel.NAME,
      description = "pocket, or a GGUF file. Default: ${DEFAULT-VALUE}")
  private String model = PocketModel.NAME;

  @Option(
      names = "--codec",
      split = ",",
      defaultValue = "f32,f16,int8,kivi4,kivi2,zip42,mikv82,anchor1,anchor2,anchor3,minicache",
      description = "Default: ${DEFAULT-VALUE}")
  private List<String> codecs = List.of();

  @Option(
      names = "--context",
      defaultValue = "1000",
      description = "Tokens of the dialogue. Default: ${DEFAULT-VALUE}")
  private int context;

  @Option(
      names = "--rounds",
      defaultValue = "25",
      description =
          "Of each measurement, after four times as many to warm up. Default: ${DEFAULT-VALUE}")
  private int rounds;

  @Option(names = "--json", description = "Writes the rows to this file, too.")
  private Optional<Path> json = Optional.empty();

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    List<CodecRow> rows = new ArrayList<>();
    try (Scratch scratch = Scratch.named("madeleine-codec");
        GgufFile file = GgufFile.open(modelFile(scratch.directory()));
        Transformer transformer = Transformer.load(file, new EngineOptions(1, false))) {
      DialogueReader reader = DialogueReader.of(ModelText.of(file, Clock.systemUTC()));
      int[] tokens = reader.read(SEED, context, 1, false).tokens();
      try (CodecBench bench = new CodecBench(transformer, tokens, rounds, scratch.directory())) {
        out.printf(
            "%,d tokens; prefill %.1f ms of processor time, %.1f ms on the clock%n",
            tokens.length, bench.prefill().cpuMs(), bench.prefill().wallMs());
        for (KvType type : KvType.values()) {
          out.printf("in memory as %s: %.0f bytes/token%n", type, bench.bytesInMemory(type));
        }
        bench.measure(KvCodec.named(codecs.getFirst())); // the cipher is compiled meanwhile
        out.println(CodecRow.header());
        for (String codec : codecs) {
          rows.add(bench.measure(KvCodec.named(codec)));
          out.println(rows.getLast().toLine());
          out.flush();
        }
      }
      if (json.isPresent()) {
        new ObjectMapper().writeValue(json.get().toFile(), Map.of("rows", rows));
      }
    }
    return 0;
  }

  private Path modelFile(Path directory) throws IOException {
    return model.equals(PocketModel.NAME) ? PocketModel.installTo(directory) : HomePath.of(model);
  }
}
