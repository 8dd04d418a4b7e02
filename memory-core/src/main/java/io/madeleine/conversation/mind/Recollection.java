package io.madeleine.conversation.mind;

import io.madeleine.conversation.episodic.Recalled;
import java.util.List;

/**
 * What came back for a turn.
 *
 * @param mode that brought it, never AUTO
 * @param why this mode, in a sentence
 * @param recalled what the cache was laid out with
 * @param episodes that came back, each with the turn that it came back for
 */
record Recollection(
    RecallMode mode, String why, Recalled recalled, List<RecalledEpisode> episodes) {}
