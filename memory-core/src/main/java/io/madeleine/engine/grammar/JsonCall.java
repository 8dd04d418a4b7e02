package io.madeleine.engine.grammar;

import io.madeleine.engine.json.Json;

/**
 * A tool that is called in JSON.
 *
 * @param name of the tool
 * @param parameters the schema of its arguments, which are an object; a {@code $ref} points from
 *     here
 */
public record JsonCall(String name, Json parameters) {}
