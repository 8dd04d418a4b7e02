package io.madeleine.pocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.text.ModelText;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ChatMessage.Assistant;
import io.madeleine.engine.token.ChatMessage.ToolResult;
import io.madeleine.engine.token.ChatMessage.User;
import io.madeleine.engine.token.ToolCall;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The golden dialogue, message by message: the template writes the words of the training. */
final class PocketTemplateTest {
  private final Path directory;

  PocketTemplateTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** Those that a client could send: the long dialogue has sessions in the middle. */
  static Stream<Golden> goldens() {
    return Golden.cases().filter(golden -> greets(golden) || golden.told().contains("Zelandra"));
  }

  private static boolean greets(Golden golden) {
    return golden.told().equals("<|bos|><|session|> Session 1, Monday.");
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void prompt_goldenDialogue_givesTheTrainersIds(Golden golden) {
    try (var file = GgufFile.open(PocketModel.installTo(directory))) {
      ModelText text = ModelText.of(file, Clock.systemUTC());
      var messages = new ArrayList<ChatMessage>(greets(golden) ? List.of() : dialogue());
      messages.add(new User(golden.question()));

      assertThat(text.prompt(messages, List.of(), true))
          .containsExactly(golden.prompt().stream().mapToInt(id -> id).toArray());
    }
  }

  private static List<ChatMessage> dialogue() {
    return List.of(
        new User("My sister is called Zelandra."),
        new Assistant("Noted."),
        new User("Zelandra lives in Quillport. She works as a beekeeper."),
        new Assistant("Got it."),
        new User("I have a parrot called Mopsel."),
        new Assistant("I see."),
        new User("The door code is 4821."),
        new Assistant("Okay."),
        new User("What is the weather in Oslo?"),
        new Assistant("", "", List.of(new ToolCall("call-1", "weather", "{\"city\": \"Oslo\"}"))),
        new ToolResult("call-1", "weather", "18 degrees, rainy", false),
        new Assistant("Here it is."),
        new User("My dentist appointment is on Thursday at 9."),
        new Assistant("Noted."),
        new User("Zelandra moved to Brimwick."),
        new Assistant("Noted."),
        new User("My boss does not like tea. My boss loves dumplings."),
        new Assistant("Okay."));
  }
}
