package io.madeleine.cli.chat;

import io.madeleine.conversation.mind.EpisodicTurn;
import io.madeleine.conversation.mind.MindListener;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.FinishReason;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.util.Optional;

/**
 * A chat without a terminal: a line in is a turn, answers go out, all else goes to {@code err}. It
 * is over when its input is, or when nobody reads its answers any more.
 */
public final class PipeChat {

  private final ChatSession session;
  private final BufferedReader in;
  private final PrintStream out;
  private final PrintStream err;

  /** Reads until {@code in} ends, or {@code out} fails. */
  public PipeChat(ChatSession session, Reader in, PrintStream out, PrintStream err) {
    this.session = session;
    this.in = new BufferedReader(in);
    this.out = out;
    this.err = err;
  }

  /** {@return 0 if every turn was answered and read and every command was done, 1 otherwise} */
  public int run() throws IOException {
    int status = 0;
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (line.isBlank()) {
        continue;
      }
      var command = ChatSession.Command.named(line);
      if (command.isEmpty()) {
        status |= take(line);
      } else if (command.get() == ChatSession.Command.QUIT) {
        break;
      } else {
        status |= run(command.get());
      }
      if (out.checkError()) {
        return 1;
      }
    }
    return status;
  }

  /** {@return 1 if it was not done} */
  private int run(ChatSession.Command command) {
    try {
      session.run(command).forEach(err::println);
      return 0;
    } catch (RuntimeException e) {
      err.println(Sentences.orThrow(e));
      return 1;
    }
  }

  /** {@return 1 if there is no answer; one that was cut is one, and {@code err} says so} */
  private int take(String line) {
    Optional<String> misspelled = ChatSession.Command.misspelled(line);
    misspelled.ifPresent(err::println);
    return misspelled.isPresent() ? 1 : say(line);
  }

  private int say(String line) {
    try {
      EpisodicTurn turn = session.say(line, new Printer(), new CancelToken());
      out.println();
      out.flush();
      if (turn.finish() == FinishReason.LENGTH) {
        err.println(session.whyCut(turn));
      }
      return 0;
    } catch (RuntimeException e) {
      err.println(Sentences.orThrow(e));
      return 1;
    }
  }

  private final class Printer implements MindListener {
    @Override
    public void wrote(String text) {
      out.print(text);
      out.flush();
    }
  }
}
