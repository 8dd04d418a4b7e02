package io.madeleine.server.openai;

import io.madeleine.engine.generation.TokenMask;
import io.madeleine.server.openai.protocol.ChatRequest.ResponseForm;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The forms that were asked for last. They grow with the answers that are written, and are counted
 * together whenever one is asked for: whose turn is longest ago go then, until there is room. An
 * answer under way holds its own. Thread-safe.
 */
final class KeptForms {

  /**
   * A form.
   *
   * @param masks gives one for each answer
   * @param bytes what the form occupies by now
   */
  record Form(Supplier<TokenMask> masks, LongSupplier bytes) {}

  private final int mostForms;
  private final long mostBytes;
  private final SequencedMap<ResponseForm, Form> forms =
      new LinkedHashMap<>(16, 0.75f, /* accessOrder= */ true);

  /**
   * Keeps none yet.
   *
   * @param mostBytes of all of them; the one that was asked for last stays, whatever it takes
   */
  KeptForms(int mostForms, long mostBytes) {
    this.mostForms = mostForms;
    this.mostBytes = mostBytes;
  }

  /** {@return the form of what is asked for, made if it is not there} */
  Form of(ResponseForm asked, Supplier<Form> make) {
    Form form = find(asked).orElseGet(make); // which takes its time, and holds nobody up
    keep(asked, form);
    return form;
  }

  private synchronized Optional<Form> find(ResponseForm asked) {
    return Optional.ofNullable(forms.get(asked));
  }

  private synchronized void keep(ResponseForm asked, Form form) {
    forms.put(asked, form);
    while (forms.size() > 1 && (forms.size() > mostForms || bytes() > mostBytes)) {
      forms.pollFirstEntry();
    }
  }

  /** {@return how many there are} */
  synchronized int size() {
    return forms.size();
  }

  /** {@return what all of them occupy by now} */
  synchronized long bytes() {
    return forms.values().stream().mapToLong(form -> form.bytes().getAsLong()).sum();
  }
}
