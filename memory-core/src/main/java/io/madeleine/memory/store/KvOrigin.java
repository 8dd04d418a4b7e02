package io.madeleine.memory.store;

import io.madeleine.engine.kv.KvShape;
import io.madeleine.memory.identity.Tenant;

/**
 * What keys and values were made by and for. A span of one origin is of no use to another, and must
 * not be seen by another tenant.
 *
 * @param tenant whose they are
 * @param model fingerprint of the weights and the tokenizer
 * @param rotation fingerprint of how keys are rotated
 * @param shape layers, heads and head size
 */
public record KvOrigin(Tenant tenant, String model, String rotation, KvShape shape) {

  /**
   * @throws IllegalArgumentException if a fingerprint is blank
   */
  public KvOrigin {
    if (model.isBlank() || rotation.isBlank()) {
      throw new IllegalArgumentException(
          "stored keys need the fingerprints of the model and of its rotation; one is blank");
    }
  }
}
