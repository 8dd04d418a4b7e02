package io.madeleine.memory.pause;

import io.madeleine.memory.identity.ConversationKey;

/**
 * A program that waits, as it can be shown.
 *
 * @param program which
 * @param tools what runs, names joined by {@code +}
 * @param waitedSeconds since its answer ended
 * @param secondsLeft for which its cache is protected in memory; 0 when it is not
 * @param bytes what its cache occupied when it began to wait
 * @param why the decision as a sentence, or what ended the protection
 */
public record PauseView(
    ConversationKey program,
    String tools,
    double waitedSeconds,
    double secondsLeft,
    long bytes,
    String why) {}
