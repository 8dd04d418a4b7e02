/**
 * Control of caches in engines that run elsewhere: llama-server's slots, hints for vLLM, sessions
 * of SGLang, pins of LMCache. Answers themselves go through LangChain4j's OpenAI model; here is
 * only what that protocol has no words for.
 *
 * <p>What a remote engine says it did is checked where it can be: after a restore, how many tokens
 * it really reuses counts. Each tenant's caches are apart: salts and sessions are keyed by a
 * secret.
 */
@NullMarked
package io.madeleine.remote;

import org.jspecify.annotations.NullMarked;
