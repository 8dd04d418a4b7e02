package io.madeleine.langchain4j.retrieval;

import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.ContentMetadata;
import dev.langchain4j.rag.content.retriever.ContentRetriever;
import dev.langchain4j.rag.query.Query;
import io.madeleine.langchain4j.message.MemoryIds;
import io.madeleine.langchain4j.message.Messages;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.recall.Excerpt;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.recall.Recall;
import io.madeleine.memory.retrieval.RecallRequest;
import java.time.Clock;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Retrieves turns of the conversation that asks, in the order in which they were said. Each is
 * fenced, so that nothing that was said can pose as an instruction.
 *
 * <p>Where it goes in the prompt is up to LangChain4j, which adds it to the chat memory with the
 * user's words. {@link io.madeleine.langchain4j.memory.EpisodicChatMemory}, and windows over {@link
 * io.madeleine.langchain4j.memory.EpisodicChatMemoryStore}, store it only where his words do not
 * stand in the message any more, as behind a guardrail that masks them. To keep it out of any
 * memory, build the service with {@code storeRetrievedContentInChatMemory(false)}, or take {@link
 * EpisodicRetrievalAugmentor}. Thread-safe.
 */
public final class EpisodicContentRetriever implements ContentRetriever {

  private final Memory memory;
  private final Tenant tenant;
  private final int budgetTokens;
  private final Clock clock;
  private final ZoneId zone;

  /** Dates in UTC, by the system's clock. */
  public EpisodicContentRetriever(Memory memory, Tenant tenant, int budgetTokens) {
    this(memory, tenant, budgetTokens, Clock.systemUTC(), ZoneOffset.UTC);
  }

  /**
   * @param memory stays the caller's, who closes it
   * @param tenant whose conversations may be asked; an id never leads to another tenant's
   * @param budgetTokens how many tokens the excerpts may take together
   * @param clock says when "last week" was
   * @param zone whose dates are written
   */
  public EpisodicContentRetriever(
      Memory memory, Tenant tenant, int budgetTokens, Clock clock, ZoneId zone) {
    this.memory = memory;
    this.tenant = tenant;
    this.budgetTokens = budgetTokens;
    this.clock = clock;
    this.zone = zone;
  }

  /**
   * @throws IllegalArgumentException if the query does not say whose memory it asks, or says it by
   *     an id whose class has no {@code toString} of its own
   */
  @Override
  public List<Content> retrieve(Query query) {
    memory.catchUp();
    var request =
        new RecallRequest(
            TurnFilter.in(conversation(query)), query.text(), clock.instant(), askedBy(query));
    return memory.recall(request, budgetTokens).excerpts().stream().map(this::content).toList();
  }

  private ConversationKey conversation(Query query) {
    Object id = query.metadata() == null ? null : query.metadata().chatMemoryId();
    if (id == null || id.equals("default")) {
      throw new IllegalArgumentException(
          ("the query must say whose memory it asks, but its chatMemoryId is '%s': annotate a"
                  + " parameter of the AI service with @MemoryId")
              .formatted(id));
    }
    return new ConversationKey(tenant, MemoryIds.text(id));
  }

  private static Optional<String> askedBy(Query query) {
    return Optional.ofNullable(query.metadata())
        .map(about -> about.chatMessage())
        .flatMap(Messages::speaker);
  }

  private Content content(Excerpt excerpt) {
    String text = new Recall("", List.of(excerpt), 0, 0).fenced(zone);
    var about =
        Metadata.from(
            Map.of(
                "conversation", excerpt.turn().conversation().id(),
                "sequence", excerpt.turn().sequence(),
                "at", excerpt.at().toString()));
    return Content.from(
        TextSegment.from(text, about), Map.of(ContentMetadata.SCORE, (double) excerpt.score()));
  }
}
