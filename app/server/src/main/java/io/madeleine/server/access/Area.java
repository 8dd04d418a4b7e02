package io.madeleine.server.access;

/** Whose a request is, by what it asks for. */
enum Area {
  /** Anybody's: the page itself and its description, which say nothing of anybody. */
  PUBLIC,

  /** Anybody's who has the server watched: up or down and nothing else. */
  PROBE,

  /** About all tenants together. */
  OPERATOR,

  /** A tenant's: the API, and whatever nobody has thought of. */
  TENANT
}
