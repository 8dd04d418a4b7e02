package io.madeleine.server.access;

import java.time.Duration;
import org.springframework.stereotype.Component;

/** Counts the answers that each key has running. */
@Component
public class Streams {

  private final Allowance allowance;

  Streams(Allowance allowance) {
    this.allowance = allowance;
  }

  /** {@return a count of its own, of at most {@code most} answers of each key} */
  public static Streams atMost(int most) {
    return new Streams(new Allowance(1, Duration.ofMinutes(1), most, System::nanoTime));
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
