package io.madeleine.evaluation.retrieval;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.model.embedding.onnx.HuggingFaceTokenCountEstimator;
import io.madeleine.conversation.ready.HiddenStateEmbedder;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.evaluation.dataset.AnnotatedConversation;
import io.madeleine.evaluation.dataset.ConversationReader;
import io.madeleine.evaluation.dataset.Disguise;
import io.madeleine.evaluation.scratch.Scratch;
import io.madeleine.langchain4j.InProcessEmbedders;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.index.IndexOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code madeleine eval retrieval}: the table of evidence recall, ours and the peers'. */
@Command(
    name = "retrieval",
    mixinStandardHelpOptions = true,
    description = "evidence recall at token budgets, beside peers, from a file of conversations")
public final class EvalRetrieval implements Callable<Integer> {

  @Option(names = "--data", required = true, description = "JSON array of conversations")
  private Path data = Path.of("");

  @Option(
      names = "--budget",
      split = ",",
      defaultValue = "500,1000,2000,4000",
      description = "token budgets")
  private int[] budgets = {};

  @Option(names = "--json", description = "where to write the rows")
  private Optional<Path> json = Optional.empty();

  @Option(names = "--cache", description = "keep vectors here from run to run")
  private Optional<Path> cache = Optional.empty();

  @Option(
      names = "--embedders",
      split = ",",
      defaultValue = "bge,minilm",
      description = "bge, minilm, gguf (hidden states of --model), or none")
  private List<String> embedders = List.of();

  @Option(
      names = "--peers",
      defaultValue = "all",
      description = "all, quick (no vectors of windows), or none")
  private String peers = "all";

  @Option(names = "--vectors", defaultValue = "FLOAT", description = "FLOAT, INT8 or BINARY")
  private IndexOptions.Vectors layout = IndexOptions.Vectors.FLOAT;

  @Option(
      names = "--fit",
      description = "fit weights on the development half and on dialogues of ours, and print them")
  private boolean fit;

  @Option(names = "--variants", description = "what might be done to our ranking afterwards")
  private boolean variants;

  @Option(
      names = "--exhaustive",
      defaultValue = "4096",
      description = "conversations of up to this many turns are read whole; 64 searches all")
  private int exhaustive = 4_096;

  @Option(names = "--model", description = "GGUF file of the embedder called gguf")
  private Optional<Path> model = Optional.empty();

  @Option(
      names = "--disguise",
      defaultValue = "NONE",
      description = "what the conversations are stripped of: ${COMPLETION-CANDIDATES}")
  private Disguise disguise = Disguise.NONE;

  @Option(names = "--threads", defaultValue = "2", description = "for the embedders")
  private int threads = 2;

  private final PrintStream out = System.out;

  @Override
  public Integer call() throws IOException {
    List<AnnotatedConversation> conversations = disguise.of(ConversationReader.read(data));
    var progress = new Progress(System.err);
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    try (Scratch made = Scratch.named("madeleine-retrieval")) {
      Path scratch = made.directory();
      var table = new Table(budgets);
      List<VectorCache> caches = new ArrayList<>();
      for (String name : embedders) {
        if (!name.equals("none")) {
          caches.add(warmed(conversations, embedder(name, workers), progress));
        }
      }
      var run = new Run(conversations, tokens(conversations), budgets, table, progress);
      if (fit && disguise != Disguise.NONE) {
        throw new IllegalArgumentException(
            "weights are fitted on conversations as they are: leave --fit or --disguise out");
      }
      if (fit) {
        fit(conversations, caches, scratch);
      }
      ours(run, conversations, caches, scratch);
      if (!peers.equals("none")) {
        peers(run, conversations, caches);
      }
      table.print(out);
      if (json.isPresent()) {
        new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .writeValue(json.get().toFile(), table.json());
      }
      return 0;
    } finally {
      workers.shutdown();
    }
  }

  private Embedder embedder(String name, ExecutorService workers) {
    return switch (name) {
      case "bge" -> InProcessEmbedders.bgeSmall(workers);
      case "minilm" -> InProcessEmbedders.miniLm(workers);
      case "gguf" -> hiddenStates();
      default ->
          throw new IllegalArgumentException(
              "'%s' is no embedder: choose bge, minilm, gguf or none".formatted(name));
    };
  }

  /** Stays open until the program ends. */
  private HiddenStateEmbedder hiddenStates() {
    Path file =
        model.orElseThrow(
            () -> new IllegalArgumentException("the embedder gguf needs a file: --model FILE"));
    return new HiddenStateEmbedder(
        ReadyModel.open(
            file,
            Clock.systemUTC(),
            new EngineOptions(threads, /* warmUp= */ false),
            64 << 20,
            Runtime.getRuntime().maxMemory()));
  }

  private VectorCache warmed(
      List<AnnotatedConversation> conversations, Embedder embedder, Progress progress) {
    var vectors = new VectorCache(embedder, cache, progress);
    vectors.warm(conversations);
    return vectors;
  }

  private static int[][] tokens(List<AnnotatedConversation> conversations) {
    var estimator = new HuggingFaceTokenCountEstimator();
    return conversations.stream()
        .map(
            c ->
                c.turns().stream()
                    .mapToInt(turn -> estimator.estimateTokenCountInText(turn.text()))
                    .toArray())
        .toArray(int[][]::new);
  }

  private void ours(
      Run run, List<AnnotatedConversation> conversations, List<VectorCache> caches, Path scratch) {
    List<Optional<VectorCache>> all = new ArrayList<>();
    caches.forEach(c -> all.add(Optional.of(c)));
    all.add(Optional.empty());
    IndexOptions usual = IndexOptions.DEFAULT.with(layout);
    IndexOptions options =
        new IndexOptions(
            layout,
            usual.commitEvery(),
            usual.purgeWithin(),
            exhaustive,
            usual.depth(),
            usual.questionWithin(),
            usual.vectorQueueBytes());
    for (int i = 0; i < all.size(); i++) {
      Optional<Embedder> embedder = all.get(i).map(Embedder.class::cast);
      String label = embedder.map(EvalRetrieval::label).orElse("words alone");
      String name = i == 0 ? "madeleine" : "madeleine, " + label;
      try (var index =
          new OurIndex(name, conversations, embedder, scratch.resolve("index-" + i), options)) {
        ObjectNode row = run.measure(index);
        row.put("embedder", label);
        row.put("searchMillisP50", index.milliseconds(0.5));
        row.put("searchMillisP99", index.milliseconds(0.99));
        row.put("indexBytes", index.report().bytes());
        row.put("indexBytesPerTurn", index.report().bytes() / Math.max(1, index.report().turns()));
        if (i == 0 && readWhole(conversations)) {
          run.measure(new FusedByRank(index, conversations));
          if (variants) {
            new Variants(index, conversations, all.get(0)).all().forEach(run::measure);
          }
        }
      }
    }
  }

  /** Other rankings of our signals need them of every turn. */
  private boolean readWhole(List<AnnotatedConversation> conversations) {
    return conversations.stream().allMatch(one -> one.turns().size() <= exhaustive);
  }

  private static String label(Embedder embedder) {
    return switch (embedder.fingerprint().substring(0, 3)) {
      case "bge" -> "BGE";
      case "all" -> "MiniLM";
      default -> "hidden states";
    };
  }

  private void peers(Run run, List<AnnotatedConversation> conversations, List<VectorCache> caches) {
    var others = new Peers(conversations);
    others.withoutVectors().forEach(run::measure);
    for (VectorCache vectors : caches) {
      others.withVectors(label(vectors), vectors).forEach(run::measure);
      if (peers.equals("all") && label(vectors).equals("MiniLM")) {
        vectors.warm(others.slidingTexts(), false);
        others.slidingWithVectors(label(vectors), vectors).forEach(run::measure);
      }
    }
  }

  private void fit(
      List<AnnotatedConversation> conversations, List<VectorCache> caches, Path scratch) {
    var fitting = new Fitting(conversations, scratch);
    for (VectorCache vectors : caches) {
      out.println(label(vectors) + ": " + fitting.weights(Optional.of(vectors)));
    }
    out.println("words alone: " + fitting.weights(Optional.empty()));
  }
}
