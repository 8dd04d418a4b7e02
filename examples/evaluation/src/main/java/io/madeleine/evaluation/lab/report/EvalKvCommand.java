// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab.report;

import io.madeleine.conversation.ready.HomePath;
import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Transformer;
import io.madeleine.engine.text.ModelText;
import io.madeleine.evaluation.dataset.ConversationReader;
import io.madeleine.evaluation.lab.LabPolicy;
import io.madeleine.evaluation.lab.LabSetup;
import io.madeleine.evaluation.lab.Laboratory;
import io.madeleine.evaluation.lab.policy.KvPolicies;
import io.madeleine.evaluation.lab.reader.DialogueReader;
import io.madeleine.evaluation.lab.reader.RecordedReader;
import io.madeleine.evaluation.scratch.Scratch;
import io.madeleine.langchain4j.InProcessEmbedders;
import io.madeleine.pocket.PocketModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code madeleine eval kv}: what do cache policies cost in answers? */
@Command(
    name = "kv",
    description = "Measures cache policies by answers to questions behind held-out dialogues.",
    mixinStandardHelpOptions = true)
public final class EvalKvCommand implements Callable<Integer> {

  private static final long POOL_BYTES = 2L << 30;

  @Option(
      names = "--model",
      defaultValue = PocketModel.NAME,
      description =
          "pocket, or a GGUF file; a model that does not know the pocket's format is told the"
              + " dialogues in plain language. Default: ${DEFAULT-VALUE}")
  private String model = PocketModel.NAME;

  @Option(
      names = "--policy",
      split = ",",
      description =
          "Policies, comma separated; the full cache, which all are compared with, is added."
              + " Default: all that the laboratory has and the model can be asked through")
  private List<String> policies = List.of();

  @Option(
      names = "--kept",
      split = ",",
      defaultValue = "0.5,0.25,0.1667,0.1",
      description = "Shares of the tokens kept. Default: ${DEFAULT-VALUE}")
  private List<Double> kept = List.of();

  @Option(
      names = "--context",
      split = ",",
      defaultValue = "1000",
      description = "Tokens of a dialogue. Default: ${DEFAULT-VALUE}")
  private List<Integer> contexts = List.of();

  @Option(
      names = "--dialogues",
      defaultValue = "12",
      description =
          "How many; of recorded ones at most what the data hold. Default: ${DEFAULT-VALUE}")
  private int dialogues;

  @Option(
      names = "--questions",
      defaultValue = "24",
      description = "Questions behind each dialogue. Default: ${DEFAULT-VALUE}")
  private int questions;

  @Option(names = "--held-out-phrases", description = "Wordings that training never showed.")
  private boolean heldOutPhrases;

  @Option(
      names = "--type",
      defaultValue = "F32",
      description = "How the cache is stored: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
  private KvType type = KvType.F32;

  @Option(names = "--threads", defaultValue = "2", description = "Default: ${DEFAULT-VALUE}")
  private int threads;

  @Option(
      names = "--seed",
      defaultValue = "7000",
      description =
          "Of the first dialogue. Claims are measured on seeds that no choice looked at. Default:"
              + " ${DEFAULT-VALUE}")
  private long seed;

  @Option(
      names = "--cache",
      description = "Where the pocket model is unpacked to. Default: a folder for temporary files")
  private Optional<Path> cache = Optional.empty();

  @Option(names = "--json", description = "Writes the rows to this file, too.")
  private Optional<Path> json = Optional.empty();

  @Option(
      names = "--data",
      description =
          "A JSON array of recorded conversations with questions, such as LoCoMo's, instead of"
              + " made-up dialogues; for an instruct model.")
  private Optional<Path> data = Optional.empty();

  @Option(names = "--svg", description = "Plots accuracy over the share kept to this file.")
  private Optional<Path> svg = Optional.empty();

  @Option(
      names = "--plot",
      split = ",",
      defaultValue =
          "full,oracle-episode,events,events-living-index,topics,epicache,kvzip,snapkv,h2o,streaming,recent,random",
      description = "Policies in the plot, at most 12. Default: ${DEFAULT-VALUE}")
  private List<String> plotted = List.of();

  @Option(names = "--progress", description = "Says on standard error how far it is.")
  private boolean progress;

  @Spec private CommandSpec spec = CommandSpec.create();

  private final BiFunction<Transformer, ModelText, List<LabPolicy>> source;

  /** The command with every policy that there is. */
  public EvalKvCommand() {
    this(
        (model, text) -> {
          List<LabPolicy> all =
              new ArrayList<>(
                  KvPolicies.all(model.kvShape().layers(), text.tokenizer(), /* seed= */ 7));
          all.addAll(
              KvPolicies.byMeaning(
                  model.kvShape().layers(),
                  text.tokenizer(),
                  () -> InProcessEmbedders.bgeSmall(Runnable::run)));
          return all;
        });
  }

  /** The command with the policies that {@code source} makes; "full" should be the first. */
  public EvalKvCommand(BiFunction<Transformer, ModelText, List<LabPolicy>> source) {
    this.source = source;
  }

  @Override
  public Integer call() throws IOException {
    try (Scratch scratch = Scratch.named("madeleine-kv")) {
      measure(modelFile(scratch.directory()));
    }
    return 0;
  }

  private void measure(Path path) throws IOException {
    LabReport report = new LabReport(setup(path), List.of());
    try (GgufFile file = GgufFile.open(path);
        Transformer transformer = Transformer.load(file, new EngineOptions(threads, false));
        PagePool pool = new PagePool(POOL_BYTES)) {
      ModelText text = ModelText.of(file, Clock.systemUTC());
      DialogueReader reader = reader(text);
      List<LabPolicy> chosen = chosen(source.apply(transformer, text), reader);
      Laboratory laboratory = new Laboratory(transformer, reader, pool, type);
      for (int context : contexts) {
        LabSetup setup =
            new LabSetup(
                chosen,
                kept,
                context,
                Math.min(dialogues, reader.dialogues()),
                questions,
                heldOutPhrases,
                seed);
        report = report.and(LabReport.of(laboratory.run(setup, this::say), context));
      }
      write(report);
    }
  }

  private List<LabPolicy> chosen(List<LabPolicy> all, DialogueReader reader) {
    List<LabPolicy> known =
        all.stream().filter(p -> reader.asksInside() || !p.insideAttention()).toList();
    if (policies.isEmpty()) {
      return known;
    }
    var names = new LinkedHashSet<String>();
    names.add(LabReport.FULL);
    names.addAll(policies);
    return names.stream().map(name -> named(name, known)).toList();
  }

  private Map<String, String> setup(Path path) throws IOException {
    var setup = new LinkedHashMap<String, String>();
    setup.put("model", model);
    setup.put("sha256", json.isPresent() ? FileHash.sha256(path) : "");
    setup.put("data", data.map(Path::toString).orElse("made up"));
    setup.put("seed", Long.toString(seed));
    setup.put("contexts", contexts.toString());
    setup.put("dialogues", Integer.toString(dialogues));
    setup.put("questions", Integer.toString(questions));
    setup.put("heldOutPhrases", Boolean.toString(heldOutPhrases));
    setup.put("cache", type.name());
    return setup;
  }

  private void write(LabReport report) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    out.print(report.table());
    out.flush();
    if (json.isPresent()) {
      Files.writeString(json.get(), report.json());
    }
    if (svg.isPresent()) {
      Files.writeString(svg.get(), LabPlot.svg(report.rows(), plotted));
    }
  }

  private DialogueReader reader(ModelText text) {
    return data.isPresent()
        ? new RecordedReader(ConversationReader.read(data.get()), text)
        : DialogueReader.of(text);
  }

  private void say(String line) {
    if (progress) {
      spec.commandLine().getErr().println(line);
    }
  }

  private Path modelFile(Path scratch) throws IOException {
    return model.equals(PocketModel.NAME)
        ? PocketModel.installTo(cache.orElse(scratch))
        : HomePath.of(model);
  }

  private LabPolicy named(String name, List<LabPolicy> known) {
    return known.stream()
        .filter(p -> p.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    "there is no policy '%s' for this model; there are %s"
                        .formatted(name, known.stream().map(LabPolicy::name).toList())));
  }
}
