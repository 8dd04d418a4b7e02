package io.madeleine.memory.topic;

/**
 * One subject of a conversation.
 *
 * @param id never changes and is never given again, from 0
 * @param label its most characteristic words, for people; changes as the topic grows
 * @param episodes how many belong to it
 */
public record Topic(int id, String label, int episodes) {}
