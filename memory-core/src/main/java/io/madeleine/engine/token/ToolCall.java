package io.madeleine.engine.token;

/**
 * A tool that the model asks for.
 *
 * @param id pairs the call with its {@link ChatMessage.ToolResult}; unique within a conversation
 * @param name the tool's name
 * @param arguments a JSON object
 */
public record ToolCall(String id, String name, String arguments) {}
