package io.madeleine.conversation.mind;

/** How a turn gets back what it needs of the past. */
public enum RecallMode {
  /** Episodes of the best turns, as stored keys and values (EM-LLM's events). */
  EVENTS,
  /**
   * What the question's topic keeps of all its episodes, as stored keys and values (EpiCache's
   * views), in a quarter of the room, and the best turns in the rest. Finds what shares no word
   * with the question, as long as the topic is right; a topic that grew is looked through again,
   * which costs about as much as reading the new episodes.
   */
  TOPICS,
  /**
   * The best turns, read again as they were said: no keys are reused, and none are approximate. Of
   * a turn that takes more than half of the room, those episodes that share most with the question.
   */
  TEXT,
  /** {@link #EVENTS} or {@link #TEXT}, whichever the last turns measured to be cheaper now. */
  AUTO
}
