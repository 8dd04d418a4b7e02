package io.madeleine.server.memory;

import io.madeleine.conversation.exchange.ConversationImport;
import io.madeleine.conversation.exchange.MessageLines;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.server.access.Caller;
import io.madeleine.server.memory.Views.ImportView;
import jakarta.servlet.http.HttpServletRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Iterator;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

/** Conversations as files, in and out. */
@RestController
@RequestMapping("/api/conversations")
class ExchangeController {

  private final TurnLog log;
  private final TurnIndex index;
  private final EpisodicConversations conversations;

  ExchangeController(TurnLog log, TurnIndex index, EpisodicConversations conversations) {
    this.log = log;
    this.index = index;
    this.conversations = conversations;
  }

  /** Takes a file in, as it comes; what was read before a mistake in it stays. */
  @PostMapping("/import")
  ImportView take(
      Caller caller,
      @RequestParam(defaultValue = "imported") String conversation,
      HttpServletRequest request) {
    var reading = new ConversationImport(caller.tenant(), log::turns, conversations::append);
    try (var file =
        new BufferedReader(
            new InputStreamReader(request.getInputStream(), StandardCharsets.UTF_8))) {
      ConversationImport.Result result = reading.read(file, conversation, Instant.now());
      return new ImportView(result.taken(), result.conversations());
    } catch (IOException e) {
      throw new UncheckedIOException("the body cannot be read", e);
    } finally {
      index.follow(log);
    }
  }

  @GetMapping("/{id}/export")
  ResponseEntity<StreamingResponseBody> give(Caller caller, @PathVariable String id) {
    ConversationKey key = KnownConversation.of(log, caller, id);
    var name =
        ContentDisposition.attachment().filename(id + ".jsonl", StandardCharsets.UTF_8).build();
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_NDJSON)
        .header(HttpHeaders.CONTENT_DISPOSITION, name.toString())
        .body(
            out -> {
              Iterator<String> lines =
                  log.turns(key).stream().flatMap(MessageLines::write).iterator();
              while (lines.hasNext()) {
                out.write((lines.next() + "\n").getBytes(StandardCharsets.UTF_8));
              }
            });
  }
}
