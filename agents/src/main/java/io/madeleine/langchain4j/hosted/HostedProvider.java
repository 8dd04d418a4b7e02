package io.madeleine.langchain4j.hosted;

/** How a hosted interface lets its cache be steered. */
public enum HostedProvider {
  /** Anthropic Messages: markers that live 5 minutes or an hour from their last use. */
  ANTHROPIC,
  /** OpenAI up to GPT-5.5: automatic and free to write; a key, and up to a day of retention. */
  OPENAI,
  /** OpenAI from GPT-5.6 on: writing costs, and lives for half an hour at least. */
  OPENAI_EXPLICIT,
  /** Gemini: an object with any lifetime, paid by the hour, that can be changed and deleted. */
  GEMINI,
  /** Bedrock Converse: cache points that live 5 minutes or an hour. */
  BEDROCK
}
