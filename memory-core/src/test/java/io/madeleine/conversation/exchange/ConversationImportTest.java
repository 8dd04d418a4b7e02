package io.madeleine.conversation.exchange;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConversationImportTest {

  private static final ConversationKey HOME = ConversationKey.of("ann", "home");
  private static final Instant MAY = Instant.parse("2026-05-08T13:56:00Z");

  @TempDir Path directory;
  private TurnLog here;
  private TurnLog there;

  @BeforeEach
  void open() {
    here = TurnLog.open(directory.resolve("here"), Clock.systemUTC());
    there = TurnLog.open(directory.resolve("there"), Clock.systemUTC());
  }

  @AfterEach
  void close() {
    here.close();
    there.close();
  }

  @Test
  void read_turnsOfAnotherInstallation_areTakenThoughItCountedAlike() {
    say(here, MAY, "the dog");
    say(there, MAY, "the cat");

    assertThat(imported(exported(there), Instant.now())).isEqualTo(taken(1, 0));
    assertThat(texts(here)).containsExactly("the dog", "the cat");
    assertThat(imported(exported(there), Instant.now())).isEqualTo(taken(0, 1));
    assertThat(imported(exported(here), Instant.now())).isEqualTo(taken(0, 2));
  }

  @Test
  void read_sameWordsAtAnotherTime_areAnotherTurn() {
    say(here, MAY, "good morning");
    say(there, MAY.plusSeconds(86_400), "good morning");

    assertThat(imported(exported(there), Instant.now())).isEqualTo(taken(1, 0));
    assertThat(texts(here)).hasSize(2);
  }

  @Test
  void read_fileWithoutTimes_isNotTakenTwice() {
    String file =
        """
        {"id":"m1","role":"user","content":"hello"}
        {"id":"m2","role":"assistant","content":"hello, Ann"}
        """;

    assertThat(imported(file, MAY)).isEqualTo(taken(1, 0));
    assertThat(imported(file, MAY.plusSeconds(60))).isEqualTo(taken(0, 1));
  }

  @Test
  void read_byteOrderMarkInFront_isNoCharacterOfTheFile() {
    String line = "\uFEFF{\"role\":\"user\",\"content\":\"the \uFEFFdog\"}";
    String array =
        """
        \uFEFF [{"id":"home","sessions":[{"turns":[{"speaker":"Ann","text":"the cat"}]}]}]
        """;

    assertThat(imported(line, MAY)).isEqualTo(taken(1, 0));
    assertThat(imported(array, MAY)).isEqualTo(taken(1, 0));
    assertThat(texts(here)).containsExactly("the \uFEFFdog", "the cat");
    assertThat(imported("", MAY).conversations()).isEmpty();
  }

  @Test
  void read_notInUtf8_isRefusedWithTheRemedyAndKeepsNoBrokenWord() {
    for (String file :
        List.of(
            "{\"role\":\"user\",\"content\":\"Grüße\"}",
            "{\"role\":\"user\",\"content\":\"%s\"}\n".formatted("x".repeat(10_000))
                + "{\"role\":\"user\",\"content\":\"Grüße\"}",
            "[\"%sGrüße\"]".formatted("x".repeat(10_000)))) {
      var bytes = new ByteArrayInputStream(file.getBytes(ISO_8859_1));
      var reader = new BufferedReader(new InputStreamReader(bytes, UTF_8.newDecoder()));
      var reading = new ConversationImport(HOME.tenant(), here::turns, here::append);

      assertThatThrownBy(() -> reading.read(reader, "home", MAY))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("the file is not in UTF-8: save it in UTF-8");
    }
    assertThat(texts(here)).allMatch(text -> text.startsWith("xx"));
  }

  private static void say(TurnLog log, Instant at, String text) {
    var logged =
        log.append(HOME, List.of(new LoggedMessage(at, new ChatMessage.User(text))), Map.of());
    assertThat(logged.messages().getFirst().id()).isEqualTo("t1.0");
  }

  private static String exported(TurnLog log) {
    return log.turns(HOME).stream().flatMap(MessageLines::write).collect(Collectors.joining("\n"));
  }

  private ConversationImport.Result imported(String file, Instant now) {
    return new ConversationImport(HOME.tenant(), here::turns, here::append)
        .read(new BufferedReader(new StringReader(file)), "home", now);
  }

  private static ConversationImport.Result taken(int taken, int passedOver) {
    return new ConversationImport.Result(taken, passedOver, List.of("home"));
  }

  private static List<String> texts(TurnLog log) {
    return log.turns(HOME).stream().map(turn -> turn.messages().getFirst().body().text()).toList();
  }
}
