package io.madeleine.server.memory;

import io.madeleine.conversation.exchange.ConversationImport;
import io.madeleine.conversation.exchange.ConversationImport.Result;
import io.madeleine.conversation.exchange.MessageLines;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.memory.history.LogException;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexException;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.server.access.BodyTooLargeException;
import io.madeleine.server.access.Caller;
import io.madeleine.server.memory.Views.ImportView;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
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

  private static final int LOOK_MILLIS = 250;
  private static final int PATIENCE = 40;
  private static final String UNREADABLE = "the body cannot be read";

  private final TurnLog log;
  private final TurnIndex index;
  private final EpisodicConversations conversations;
  private final OwnFailures failures;

  ExchangeController(
      TurnLog log, TurnIndex index, EpisodicConversations conversations, OwnFailures failures) {
    this.log = log;
    this.index = index;
    this.conversations = conversations;
    this.failures = failures;
  }

  /**
   * Takes a file in, as it comes and whatever its content type; what was read before a mistake in
   * it stays.
   */
  @PostMapping("/import")
  ImportView take(
      Caller caller,
      @RequestParam(defaultValue = "imported") String conversation,
      HttpServletRequest request) {
    Result result;
    try {
      result = read(caller, conversation, request, conversations::append);
    } catch (RuntimeException mistake) {
      followBehindMistake();
      throw mistake;
    }
    index.follow(log);
    return new ImportView(result.taken(), result.passedOver(), result.conversations());
  }

  /** The client hears of the mistake; an index that fails besides is for the operator. */
  private void followBehindMistake() {
    try {
      index.follow(log);
    } catch (RuntimeException failure) {
      failures.log(failure);
    }
  }

  /**
   * The same, telling on the way how far it is; whoever hangs up stops it. It is over when all that
   * came in is found by its meaning too, or nothing more is for {@value #PATIENCE} looks.
   */
  @PostMapping(path = "/import", params = "progress")
  void takeAndTell(
      Caller caller,
      @RequestParam(defaultValue = "imported") String conversation,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException, InterruptedException {
    response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
    var progress = new ImportProgress(response.getOutputStream());
    try {
      Result result =
          read(
              caller,
              conversation,
              request,
              turns -> {
                conversations.append(turns);
                index.follow(log);
                progress.read(turns);
              });
      awaitVectors(progress);
      progress.done(result.passedOver(), result.conversations());
    } catch (IllegalArgumentException e) {
      progress.failed(String.valueOf(e.getMessage()));
    } catch (UncheckedIOException e) {
      // The body is too large, or breaks off, or nobody waits any more.
      progress.failed(
          BodyTooLargeException.behind(e)
              .map(tooLarge -> String.valueOf(tooLarge.getMessage()))
              .orElse(UNREADABLE));
    } catch (LogException | IndexException e) {
      progress.failed(failures.told(e));
    }
  }

  private void awaitVectors(ImportProgress progress) throws InterruptedException {
    long before = Long.MAX_VALUE;
    for (int looks = 0; looks < PATIENCE && !index.awaitVectors(LOOK_MILLIS); looks++) {
      long waiting = index.report().vectorsWaiting();
      progress.embedding(waiting);
      looks = waiting < before ? 0 : looks;
      before = waiting;
    }
  }

  private Result read(
      Caller caller,
      String conversation,
      HttpServletRequest request,
      ConversationImport.Destination destination) {
    var reading = new ConversationImport(caller.tenant(), log::turns, destination);
    try (var file =
        new BufferedReader(
            new InputStreamReader(request.getInputStream(), StandardCharsets.UTF_8.newDecoder()))) {
      return reading.read(file, conversation, Instant.now());
    } catch (IOException e) {
      throw new UncheckedIOException(UNREADABLE, e);
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
              Iterator<String> lines = log.stream(key).flatMap(MessageLines::write).iterator();
              while (lines.hasNext()) {
                out.write((lines.next() + "\n").getBytes(StandardCharsets.UTF_8));
              }
            });
  }
}
