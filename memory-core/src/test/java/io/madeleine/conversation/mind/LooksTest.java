package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.mind.Looks.Look;
import io.madeleine.memory.identity.ConversationKey;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Of a tenant's looks the newest reads, and nobody waits for one that does not. */
@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LooksTest {

  private final Looks looks = new Looks();
  private final Look older = looks.begun(ConversationKey.of("ann", "older"));
  private final Look newer = looks.begun(ConversationKey.of("ann", "newer"));
  private final Look others = looks.begun(ConversationKey.of("bob", "older"));

  @Test
  void isOvertaken_olderTellsLater_isOvertakenAllTheSame() {
    assertThat(looks.isOvertaken(newer)).isFalse();
    assertThat(looks.isOvertaken(older)).isTrue();
    assertThat(looks.isOvertaken(newer)).isFalse();
    assertThat(looks.isOvertaken(others)).as("of another tenant").isFalse();
  }

  @Test
  void isOvertaken_byOneAtTheSameConversation_isNot() {
    Look again = looks.begun(older.at());

    assertThat(looks.isOvertaken(again)).isFalse();
    assertThat(looks.isOvertaken(newer)).isTrue();
    assertThat(looks.isOvertaken(older)).isFalse();
  }

  @Test
  void awaitTurn_newerLeaves_goesOn() throws Exception {
    assertThat(looks.isOvertaken(newer)).isFalse();
    assertThat(looks.isOvertaken(older)).isTrue();
    CompletableFuture<Void> waiting =
        CompletableFuture.runAsync(() -> looks.awaitTurn(older), Thread::startVirtualThread);

    looks.left(newer);

    waiting.get();
  }

  @Test
  void awaitTurn_ofOneThatLeft_keepsNobodyWaiting() {
    assertThat(looks.isOvertaken(newer)).isFalse();
    looks.left(newer);
    looks.awaitTurn(newer);

    looks.awaitTurn(older);
    assertThat(looks.isOvertaken(older)).isFalse();
  }
}
