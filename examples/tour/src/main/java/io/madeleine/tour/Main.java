package io.madeleine.tour;

import io.madeleine.tour.agent.AgentExample;
import io.madeleine.tour.agent.Brain;
import io.madeleine.tour.agent.CaseMemory;
import io.madeleine.tour.agent.SupportAgent;
import io.madeleine.tour.agent.TwoAgents;
import io.madeleine.tour.agent.WeeksAssistant;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * {@code ./madeleine examples} lists the short programs, {@code ./madeleine example NAME} runs one.
 */
public final class Main {

  static final List<Example> EXAMPLES =
      List.of(
          new HelloMemory(),
          new EpisodesReturn(),
          new AnyModelRemembers(),
          new SpringExample(),
          onAnyModel(new WeeksAssistant()),
          onAnyModel(new SupportAgent()),
          onAnyModel(new TwoAgents()),
          onAnyModel(new CaseMemory()));

  /** What agents talk to, if nothing else is named: {@code pocket}, a GGUF file, or an endpoint. */
  private static final String MODEL = System.getProperty("madeleine.model", "pocket");

  /** Kept, for a logger that nobody holds forgets its level. */
  private static final Logger LUCENE = Logger.getLogger("org.apache.lucene");

  private Main() {}

  private static Example onAnyModel(AgentExample agent) {
    return new Example() {
      @Override
      public String name() {
        return agent.name();
      }

      @Override
      public String about() {
        return agent.about();
      }

      @Override
      public void run(Path data, PrintStream out) throws Exception {
        try (Brain brain = Brain.of(MODEL, data.resolve("models"))) {
          agent.run(brain, data.resolve("data"), out);
        }
      }
    };
  }

  /** Runs what the arguments name. */
  public static void main(String[] arguments) throws Exception {
    PrintStream out = System.out;
    LUCENE.setLevel(Level.WARNING); // an example shows what it is about
    if (arguments.length < 2 || !arguments[0].equals("example")) {
      EXAMPLES.forEach(example -> out.printf("  %-12s %s%n", example.name(), example.about()));
      out.println("Run one with: ./madeleine example NAME");
      out.println(
          "Agents run on the pocket model, or on what MADELEINE_JAVA_OPTS=-Dmadeleine.model=… names:"
              + " a GGUF file or http://…/v1");
      return;
    }
    Optional<Example> example =
        EXAMPLES.stream().filter(each -> each.name().equals(arguments[1])).findFirst();
    if (example.isEmpty()) {
      out.printf("There is no example '%s'; './madeleine examples' lists them.%n", arguments[1]);
      System.exit(2);
    }
    Path data = Path.of(System.getProperty("user.home"), ".madeleine", "examples", arguments[1]);
    example.orElseThrow().run(data, out);
  }
}
