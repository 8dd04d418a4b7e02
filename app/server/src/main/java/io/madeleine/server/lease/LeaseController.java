package io.madeleine.server.lease;

import io.madeleine.conversation.completion.Completions;
import io.madeleine.memory.pause.PauseView;
import io.madeleine.memory.retention.LeaseEvent;
import io.madeleine.server.access.Caller;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** Programs that wait for tools, of the caller's tenant. */
@RestController
class LeaseController {

  /** Events that are told at most, newest last. */
  private static final int TOLD = 100;

  /** Everything that is to be said of leases now. */
  record LeasesView(long leasedBytes, List<WaitingView> waiting, List<EventView> log) {}

  /** A program that waits for a tool; {@code secondsLeft} is 0 when its cache is not pinned. */
  record WaitingView(
      String program,
      String tools,
      double waitedSeconds,
      double secondsLeft,
      long bytes,
      boolean inMemory,
      String why) {}

  /** Something that happened to a lease. */
  record EventView(String program, String kind, String why) {}

  private final Completions completions;

  LeaseController(Completions completions) {
    this.completions = completions;
  }

  @GetMapping("/api/leases")
  LeasesView leases(Caller caller) {
    List<WaitingView> waiting =
        completions.pauses().waiting(caller.tenant()).stream().map(this::view).toList();
    List<LeaseEvent> log = completions.pauses().log(caller.tenant());
    long bytes =
        waiting.stream().filter(one -> one.secondsLeft() > 0).mapToLong(WaitingView::bytes).sum();
    return new LeasesView(
        bytes,
        waiting,
        log.subList(Math.max(0, log.size() - TOLD), log.size()).stream()
            .map(LeaseController::view)
            .toList());
  }

  @GetMapping("/api/conversations/{id}/lease")
  WaitingView lease(Caller caller, @PathVariable String id) {
    return completions
        .pauses()
        .waiting(caller.conversation(id))
        .map(this::view)
        .orElseThrow(
            () ->
                new ResponseStatusException(
                    HttpStatus.NOT_FOUND,
                    "conversation '%s' does not wait for a tool".formatted(id)));
  }

  private WaitingView view(PauseView pause) {
    return new WaitingView(
        pause.program().id(),
        pause.tools(),
        pause.waitedSeconds(),
        pause.secondsLeft(),
        pause.bytes(),
        completions.isResident(pause.program()),
        pause.why());
  }

  private static EventView view(LeaseEvent event) {
    return new EventView(event.program().id(), event.kind().name(), event.why());
  }
}
