package io.madeleine.cli;

import com.sun.management.OperatingSystemMXBean;
import io.madeleine.cli.chat.ChatSession;
import io.madeleine.cli.chat.PipeChat;
import io.madeleine.cli.chat.TerminalChat;
import io.madeleine.cli.model.ModelFiles;
import io.madeleine.conversation.ConversationConfig;
import io.madeleine.conversation.mind.AnswerOptions;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.text.Thinking;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.store.DiskSpans;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "chat",
    description = {
      "Talk to a model that remembers. What was said is kept, and goes on after a restart; what no"
          + " longer fits the model's context comes back, episode by episode, when it is needed.",
      "Without a terminal a line is a turn: answers go to stdout, all else to stderr."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class ChatCommand implements Callable<Integer> {

  /** Held every typed line of every conversation, before lines were found in the history. */
  private static final String TYPED_LINES = "chat-lines";

  private static final long WORTH_WARMING_UP = 100L << 20;
  private static final long LARGEST_KV = 1L << 30;

  /** What the server leaves to episodes, where it is told nothing else either. */
  private static final long DISK = 3L << 30;

  @Mixin private Place place = new Place();

  @Option(
      names = "--model",
      paramLabel = "FILE|NAME",
      description = "a GGUF file, or a model that was pulled (default: the pocket model, a toy)")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      description =
          "what the model is told before everything else, in this conversation, from now on; '' takes"
              + " it back (default: what it was told before)")
  private Optional<String> system = Optional.empty();

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "the most tokens of an answer (default: ${DEFAULT-VALUE})",
      defaultValue = "1024")
  private int maxTokens;

  @Option(
      names = "--temperature",
      paramLabel = "X",
      description = "0 always takes the likeliest word (default: ${DEFAULT-VALUE})",
      defaultValue = "0")
  private double temperature;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "of the dice (default: ${DEFAULT-VALUE})",
      defaultValue = "1")
  private long seed;

  @Option(
      names = "--thinking",
      paramLabel = "HOW",
      description =
          "whether it reasons before it answers: on, off, or auto, as its chat template has it (default: ${DEFAULT-VALUE})",
      defaultValue = "auto")
  private Thinking thinking = Thinking.AUTO;

  @Option(
      names = "--memory",
      paramLabel = "MIB",
      description = "how much memory may be used (default: what the machine has)")
  private Optional<Long> memory = Optional.empty();

  @Option(
      names = "--context",
      paramLabel = "N",
      description =
          "the most tokens that the model sees at once (default: what it was trained for); Phi 3.5"
              + " and Phi 4 mini answer better within 4096")
  private Optional<Integer> context = Optional.empty();

  @Override
  public Integer call() throws IOException {
    var err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    Path file = new ModelFiles(place.models()).find(model, err::println);
    try (var conversations = EpisodicConversations.open(file, config(file))) {
      Files.deleteIfExists(place.data().resolve(TYPED_LINES));
      conversations.history().report().notes().forEach(err::println);
      List<ChatMessage> instruction =
          system.stream().<ChatMessage>map(ChatMessage.System::new).toList();
      var options = new AnswerOptions(sampling(), maxTokens);
      var session =
          new ChatSession(conversations, place.data(), place.conversation(), instruction, options);
      err.println(session.greeting() + " · data in " + place.data());
      return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false)
          ? new TerminalChat(session).run()
          : pipe(session, err);
    }
  }

  private SamplingOptions sampling() {
    return SamplingOptions.builder().temperature(temperature).topP(0.95).seed(seed).build();
  }

  private static int pipe(ChatSession session, PrintStream err) throws IOException {
    var in = new InputStreamReader(System.in, StandardCharsets.UTF_8);
    var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    return new PipeChat(session, in, out, err).run();
  }

  private ConversationConfig config(Path file) throws IOException {
    long bytes = memory.map(mib -> mib << 20).orElseGet(ChatCommand::machineBytes);
    boolean warmUp = Files.size(file) >= WORTH_WARMING_UP;
    var engine = new EngineOptions(Runtime.getRuntime().availableProcessors(), warmUp);
    return ConversationConfig.builder(place.data())
        .clock(Clock.system(ZoneId.systemDefault())) // what "last week" means here
        .engine(context.map(engine::within).orElse(engine))
        .thinking(thinking)
        .memoryBytes(bytes)
        .kvBytes(Math.max(1, Math.min(LARGEST_KV, bytes / 4)))
        .snapshotBytes(diskBytes(place.data()))
        .build();
  }

  /** A server that may keep more has perhaps done so: that is not for this command to drop. */
  static long diskBytes(Path data) {
    return Math.max(DISK, DiskSpans.bytesIn(data.resolve("spans")));
  }

  private static long machineBytes() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }
}
