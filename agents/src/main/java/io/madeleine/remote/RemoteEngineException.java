package io.madeleine.remote;

/** Thrown when a remote engine cannot be reached or refuses; says which request, and its answer. */
public final class RemoteEngineException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final int status;

  RemoteEngineException(String what, int status, String body) {
    super("%s was answered %d: %s".formatted(what, status, body));
    this.status = status;
  }

  RemoteEngineException(String what, Throwable cause) {
    super(what + " had no answer", cause);
    this.status = 0;
  }

  /** {@return the HTTP status; 0 if there was no answer} */
  public int status() {
    return status;
  }
}
