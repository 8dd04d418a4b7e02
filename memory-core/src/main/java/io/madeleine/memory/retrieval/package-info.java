/**
 * Which turns come back: a question and a budget in, ranked turns and the reasons out.
 *
 * <p>Found by episode, packed by turn: every turn is judged by its own words and vector, by those
 * of the turns around it (one, two and four to each side, within a pause), by who said it and by
 * when; then single turns are taken, best first, until the budget is full. No language model takes
 * part. How much each signal counts was fitted once, on conversations named in {@link
 * io.madeleine.memory.retrieval.Weights}, and is the same for everybody.
 *
 * <p>This package knows no Lucene, no model and no LangChain4j.
 */
@NullMarked
package io.madeleine.memory.retrieval;

import org.jspecify.annotations.NullMarked;
