package io.madeleine.spring;

import io.madeleine.memory.recall.Memory;

/**
 * The memory that finds and forgets what is in the starter's history; an application may have
 * others beside it.
 *
 * @param memory over that history
 */
record MemoryOfHistory(Memory memory) {}
