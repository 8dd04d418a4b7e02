package io.madeleine.conversation.mind;

import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.retrieval.RankedTurn;
import io.madeleine.memory.tier.Tier;

/**
 * An episode that came back for a turn.
 *
 * @param episode which
 * @param because the best turn in it, and why it ranked
 * @param from where its keys and values were
 */
public record RecalledEpisode(Episode episode, RankedTurn because, Tier from) {}
