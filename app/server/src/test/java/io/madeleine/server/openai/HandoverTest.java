package io.madeleine.server.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class HandoverTest {

  private static final Duration SOON = Duration.ofMillis(1);
  private static final Duration NEVER = Duration.ofDays(1);

  private final CompletableFuture<@Nullable Void> answer = new CompletableFuture<>();
  private final List<String> told = new ArrayList<>();

  @Test
  void tell_nothingComes_saysThatItWaitsUntilSomethingDoes() {
    var parts = new Handover<String>(SOON, SOON);

    parts.tell(
        answer,
        () -> {
          told.add("waiting");
          if (told.size() == 3) {
            parts.add("one");
            answer.complete(null);
          }
        },
        told::add);

    assertThat(told).containsExactly("waiting", "waiting", "waiting", "one");
  }

  @Test
  void tell_nothingComesFirst_waitsForAnotherTimeThanBehindIt() {
    var patient = new Handover<String>(NEVER, SOON);
    patient.add("one");
    patient.tell(
        answer,
        () -> {
          told.add("waiting");
          answer.complete(null);
        },
        told::add);
    assertThat(told).as("behind a part").containsExactly("one", "waiting");

    told.clear();
    var impatient = new Handover<String>(SOON, NEVER);
    var another = new CompletableFuture<@Nullable Void>();
    impatient.tell(
        another,
        () -> {
          told.add("waiting");
          impatient.add("one");
          another.complete(null);
        },
        told::add);
    assertThat(told).as("before one").containsExactly("waiting", "one");
  }

  /** Who hangs up before the first word is seen to be gone by that. */
  @Test
  void tell_clientGoneWhileItWaits_failsWithWhatItSays() {
    var parts = new Handover<String>(SOON, SOON);

    assertThatThrownBy(
            () ->
                parts.tell(
                    answer,
                    () -> {
                      throw new UncheckedIOException(new IOException("broken pipe"));
                    },
                    told::add))
        .isInstanceOf(UncheckedIOException.class);
    assertThat(answer.isDone()).as("the answer goes on").isFalse();
  }
}
