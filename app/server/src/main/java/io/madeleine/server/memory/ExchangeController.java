package io.madeleine.server.memory;

import io.madeleine.conversation.exchange.ConversationImport;
import io.madeleine.conversation.exchange.ConversationImport.Result;
import io.madeleine.conversation.exchange.MessageLines;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.memory.history.LogException;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.IndexException;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.server.access.BodyTooLargeException;
import io.madeleine.server.access.Caller;
import io.madeleine.server.events.EventStream;
import io.madeleine.server.memory.Views.ImportView;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** Conversations as files, in and out. */
@RestController
@RequestMapping("/api/conversations")
class ExchangeController {

  private static final int LOOK_MILLIS = 250;
  private static final int PATIENCE = 40;
  private static final String UNREADABLE = "the body cannot be read";
  private static final String UNDER_WAY =
      "an import of yours is under way, and a second one beside it could take turns in twice: try"
          + " again when it is over, or stop it first";

  private final TurnLog log;
  private final TurnIndex index;
  private final EpisodicConversations conversations;
  private final OwnFailures failures;
  private final Set<Tenant> importing = ConcurrentHashMap.newKeySet();

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
    begin(caller);
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
      throws InterruptedException {
    var progress = new ImportProgress(EventStream.of(response));
    begin(caller); // before the answer opens, so that a refusal has its status
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

  /**
   * What is there already is looked up when an import first comes to a conversation, and would not
   * be seen where two take it in side by side. {@link #read} must follow, which ends it.
   */
  private void begin(Caller caller) {
    if (!importing.add(caller.tenant())) {
      throw new ResponseStatusException(HttpStatus.CONFLICT, UNDER_WAY);
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
    } finally {
      importing.remove(caller.tenant());
    }
  }

  /**
   * Gives a conversation line by line, on the request's own thread. What cannot be read behind its
   * beginning breaks the connection off: a file that only ends would pass for a whole one. What it
   * was is logged and no cause of what is thrown, or it would be handled as one, in the file.
   */
  @GetMapping("/{id}/export")
  void give(Caller caller, @PathVariable String id, HttpServletResponse response)
      throws IOException {
    ConversationKey key = KnownConversation.of(log, caller, id);
    var name =
        ContentDisposition.attachment().filename(id + ".jsonl", StandardCharsets.UTF_8).build();
    response.setContentType(MediaType.APPLICATION_NDJSON_VALUE);
    response.setHeader(HttpHeaders.CONTENT_DISPOSITION, name.toString());
    try {
      write(log.stream(key).flatMap(MessageLines::write).iterator(), response.getOutputStream());
    } catch (LogException failure) {
      if (response.isCommitted()) {
        failures.log(failure);
        throw new IOException("the export broke off, and the log says why");
      }
      throw failure;
    }
  }

  private static void write(Iterator<String> lines, OutputStream out) throws IOException {
    while (lines.hasNext()) {
      out.write((lines.next() + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }
}
