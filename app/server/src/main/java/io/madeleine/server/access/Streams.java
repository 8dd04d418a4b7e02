package io.madeleine.server.access;

import org.springframework.stereotype.Component;

/** Counts the answers that each key has running. */
@Component
public class Streams {

  private final Allowance allowance;

  Streams(Allowance allowance) {
    this.allowance = allowance;
  }

  /** {@return how many each key may have} */
  public int most() {
    return allowance.streams();
  }

  /** {@return whether {@code caller} may have one more; then {@link #ended} must follow} */
  public boolean started(Caller caller) {
    return allowance.started(caller.keyId());
  }

  /** One is over. */
  public void ended(Caller caller) {
    allowance.ended(caller.keyId());
  }
}
