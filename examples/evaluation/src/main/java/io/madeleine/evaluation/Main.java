package io.madeleine.evaluation;

import io.madeleine.conversation.ready.HomePath;
import io.madeleine.evaluation.bench.EngineBench;
import io.madeleine.evaluation.bench.KernelBench;
import io.madeleine.evaluation.bench.ModelCommand;
import io.madeleine.evaluation.codec.BenchCodecCommand;
import io.madeleine.evaluation.cost.BenchRetrieval;
import io.madeleine.evaluation.cost.BenchVectors;
import io.madeleine.evaluation.lab.report.EvalKvCommand;
import io.madeleine.evaluation.retention.RetentionCommand;
import io.madeleine.evaluation.retrieval.EvalRetrieval;
import io.madeleine.evaluation.segmentation.RefinementCommand;
import io.madeleine.evaluation.segmentation.SegmentationCommand;
import io.madeleine.evaluation.segmentation.TrainCommand;
import io.madeleine.evaluation.turn.BenchTurnCommand;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code ./madeleine bench …} and {@code ./madeleine eval …}: how fast it is, and how good. */
@Command(
    name = "madeleine",
    mixinStandardHelpOptions = true,
    subcommands = {Main.Bench.class, Main.Eval.class})
public final class Main {
  private Main() {}

  /** Runs the command and ends the process with its status. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main()).registerConverter(Path.class, HomePath::of);
  }

  /** What is measured in seconds. Each command names itself. */
  @Command(
      name = "bench",
      mixinStandardHelpOptions = true,
      description = "How fast is it?",
      subcommands = {
        BenchCodecCommand.class,
        BenchRetrieval.class,
        BenchTurnCommand.class,
        BenchVectors.class,
        EngineBench.class,
        KernelBench.class,
        ModelCommand.class
      })
  static final class Bench {}

  /** What is measured in answers. Each command names itself. */
  @Command(
      name = "eval",
      mixinStandardHelpOptions = true,
      description = "How good is it?",
      subcommands = {
        EvalKvCommand.class,
        EvalRetrieval.class,
        RefinementCommand.class,
        RetentionCommand.class,
        SegmentationCommand.class,
        TrainCommand.class
      })
  static final class Eval {}
}
