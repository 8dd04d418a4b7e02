package io.madeleine.engine.token;

/**
 * A tool that the model may call, as a chat template describes it.
 *
 * @param name the tool's name
 * @param description what it does, for the model to read
 * @param parametersSchema a JSON schema of type object
 */
public record ToolSpec(String name, String description, String parametersSchema) {}
