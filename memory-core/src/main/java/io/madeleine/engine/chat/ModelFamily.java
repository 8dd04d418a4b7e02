package io.madeleine.engine.chat;

import java.util.Locale;
import java.util.Set;

/**
 * How a family of models writes a chat, for files without a template, and how it calls tools.
 *
 * <p>The templates here are the plainest that the families understand; a file's own one is better.
 */
public enum ModelFamily {
  /** Qwen, SmolLM and most others: {@code <|im_start|>role}. Calls as Hermes and Qwen do. */
  CHATML(
      """
      {%- for message in messages %}
      {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
      {%- endfor %}
      {%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}
      """,
      ToolDialect.TAGGED_JSON),

  /** Llama 2 and the first Mistrals: {@code [INST] … [/INST]}. */
  LLAMA2(
      """
      {%- set ns = namespace(system='') %}
      {%- for message in messages %}
      {%- if message.role == 'system' %}
      {%- set ns.system = '<<SYS>>\\n' + message.content + '\\n<</SYS>>\\n\\n' %}
      {%- elif message.role == 'assistant' %}{{- ' ' + message.content.strip() + ' ' + eos_token }}
      {%- else %}
      {{- bos_token + '[INST] ' + ns.system + message.content.strip() + ' [/INST]' }}
      {%- set ns.system = '' %}
      {%- endif %}
      {%- endfor %}
      """,
      ToolDialect.MISTRAL),

  /** Llama 3: {@code <|start_header_id|>role<|end_header_id|>}. */
  LLAMA3(
      """
      {{- bos_token }}
      {%- for message in messages %}
      {%- set role = 'ipython' if message.role == 'tool' else message.role %}
      {{- '<|start_header_id|>' + role + '<|end_header_id|>\\n\\n' + message.content | trim + '<|eot_id|>' }}
      {%- endfor %}
      {%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}
      """,
      ToolDialect.BARE_JSON),

  /** Gemma: {@code <start_of_turn>model}; it has no system role, so the user says it. */
  GEMMA(
      """
      {{- bos_token }}
      {%- set ns = namespace(system='') %}
      {%- for message in messages %}
      {%- if message.role == 'system' %}{%- set ns.system = message.content | trim + '\\n\\n' %}
      {%- else %}
      {{- '<start_of_turn>' + ('model' if message.role == 'assistant' else 'user') + '\\n' }}
      {{- ns.system + message.content | trim + '<end_of_turn>\\n' }}
      {%- set ns.system = '' %}
      {%- endif %}
      {%- endfor %}
      {%- if add_generation_prompt %}{{- '<start_of_turn>model\\n' }}{%- endif %}
      """,
      ToolDialect.BARE_JSON),

  /** Phi 3: {@code <|user|> … <|end|>}. */
  PHI3(
      """
      {%- for message in messages %}
      {{- '<|' + ('user' if message.role == 'tool' else message.role) + '|>\\n' + message.content + '<|end|>\\n' }}
      {%- endfor %}
      {%- if add_generation_prompt %}{{- '<|assistant|>\\n' }}{%- endif %}
      """,
      ToolDialect.BARE_JSON),

  /** Mistral with tools: {@code [TOOL_CALLS] [ … ]}. */
  MISTRAL(LLAMA2.template, ToolDialect.MISTRAL),

  /** The model that comes with Madeleine: {@code <|user|> …<|assistant|>}. */
  POCKET(
      """
      {{- bos_token }}
      {%- for message in messages %}
      {%- if message.role == 'system' %}{{- '<|session|> ' + message.content }}
      {%- elif message.role == 'user' %}{{- '<|user|> ' + message.content }}
      {%- elif message.role == 'tool' %}{{- '<|result|> ' + message.content }}
      {%- else %}
      {{- '<|assistant|>' }}
      {%- for call in message.tool_calls or [] %}
      {{- '<|tool|> ' + call.function.name + '(' + (call.function.arguments.values() | join(', ')) + ')' }}
      {%- endfor %}
      {%- if message.content %}{{- ' ' + message.content + '<|end|>' }}{%- endif %}
      {%- endif %}
      {%- endfor %}
      {%- if add_generation_prompt %}{{- '<|assistant|>' }}{%- endif %}
      """,
      ToolDialect.POCKET);

  private final String template;
  private final ToolDialect tools;

  ModelFamily(String template, ToolDialect tools) {
    this.template = template.strip();
    this.tools = tools;
  }

  /** {@return the family's plainest chat template, in Jinja} */
  public String template() {
    return template;
  }

  /** {@return how the family calls tools, where a template does not say} */
  public ToolDialect tools() {
    return tools;
  }

  /**
   * {@return the family whose words the vocabulary of a model has; ChatML if it has none}
   *
   * @param architecture {@code general.architecture}
   * @param pieces the texts of the model's special tokens
   * @param chatTemplate the file's own template, empty if it has none
   */
  public static ModelFamily of(String architecture, Set<String> pieces, String chatTemplate) {
    if (pieces.contains("<|session|>") && pieces.contains("<|result|>")) {
      return POCKET;
    }
    if (pieces.contains("<|im_start|>") || chatTemplate.contains("<|im_start|>")) {
      return CHATML;
    }
    if (pieces.contains("<|start_header_id|>")) {
      return LLAMA3;
    }
    if (pieces.contains("<start_of_turn>")) {
      return GEMMA;
    }
    if (pieces.contains("<|end|>") && pieces.contains("<|user|>")) {
      return PHI3;
    }
    if (pieces.contains("[TOOL_CALLS]") || chatTemplate.contains("[TOOL_CALLS]")) {
      return MISTRAL;
    }
    return architecture.toLowerCase(Locale.ROOT).startsWith("llama") ? LLAMA2 : CHATML;
  }
}
