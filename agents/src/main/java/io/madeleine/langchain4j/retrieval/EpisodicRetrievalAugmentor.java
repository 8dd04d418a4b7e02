package io.madeleine.langchain4j.retrieval;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.rag.AugmentationRequest;
import dev.langchain4j.rag.AugmentationResult;
import dev.langchain4j.rag.RetrievalAugmentor;
import dev.langchain4j.rag.content.Content;
import io.madeleine.langchain4j.memory.Recollection;
import io.madeleine.langchain4j.message.MemoryIds;
import io.madeleine.langchain4j.message.Messages;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.util.List;

/**
 * Puts what was said before and matters now in front of the user's words: late in the prompt, so
 * that what stands before keeps its cache, and fenced, so that it cannot pose as an instruction. No
 * model is asked for it. For any model, and any memory.
 *
 * <p>An AI service reads its memory before it adds the question, so a memory alone cannot recall
 * for it. Give the service this, and its {@link io.madeleine.langchain4j.memory.EpisodicChatMemory}
 * the same {@link Recollection}: then the rounds of a tool loop, which read the memory, show the
 * very same words. That memory, and windows over {@link
 * io.madeleine.langchain4j.memory.EpisodicChatMemoryStore}, store nothing recalled; to keep it out
 * of any other, build the service with {@code storeRetrievedContentInChatMemory(false)}.
 * Thread-safe.
 */
public final class EpisodicRetrievalAugmentor implements RetrievalAugmentor {

  private final Tenant tenant;
  private final Recollection recollection;

  /**
   * @param tenant whose conversations may be asked; an id never leads to another tenant's
   * @param recollection finds what was said, and fences it
   */
  public EpisodicRetrievalAugmentor(Tenant tenant, Recollection recollection) {
    this.tenant = tenant;
    this.recollection = recollection;
  }

  /**
   * @throws IllegalArgumentException if the request does not say whose memory it asks, or says it
   *     by an id whose class has no {@code toString} of its own
   */
  @Override
  public AugmentationResult augment(AugmentationRequest request) {
    if (!(request.chatMessage() instanceof UserMessage user) || Messages.words(user).isBlank()) {
      return new AugmentationResult(request.chatMessage(), List.of());
    }
    Object id = request.metadata() == null ? null : request.metadata().chatMemoryId();
    if (id == null || id.equals("default")) {
      throw new IllegalArgumentException(
          ("the request must say whose memory it asks, but its chatMemoryId is '%s': annotate a"
                  + " parameter of the AI service with @MemoryId")
              .formatted(id));
    }
    var conversation = new ConversationKey(tenant, MemoryIds.text(id));
    String excerpts = recollection.recall(conversation, user);
    return excerpts.isBlank()
        ? new AugmentationResult(user, List.of())
        : new AugmentationResult(
            Messages.behind(excerpts, user), List.of(Content.from(TextSegment.from(excerpts))));
  }
}
