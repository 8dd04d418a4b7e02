package io.madeleine.engine.chat;

import io.madeleine.engine.json.Json;
import io.madeleine.engine.template.Template;
import io.madeleine.engine.token.ChatTemplate;
import java.util.LinkedHashMap;
import java.util.Map;

/** Makes chat templates: the one in a model file, or its family's where the file has none. */
public final class ChatTemplates {
  private ChatTemplates() {}

  /**
   * {@return the template that {@code source} spells} Where it takes only one call in a message,
   * which it is asked here, a message of several is told as several, each before its own result.
   *
   * @param source Jinja, as in {@code tokenizer.chat_template}
   * @param setup what the template may read besides the messages
   * @throws io.madeleine.engine.template.value.TemplateException if the template uses what is not
   *     known here; it names the construct and its place
   */
  public static ChatTemplate of(String source, TemplateSetup setup) {
    Template template = Template.parse(source);
    var json = new MessageJson(new PlainText(setup.controlTexts()));
    return SingleCalls.where(
        (messages, tools, addGenerationPrompt) ->
            template.render(
                variables(
                    setup,
                    json.messages(messages),
                    tools.isEmpty() ? Json.Null.NULL : json.tools(tools),
                    addGenerationPrompt),
                setup.clock()));
  }

  /** {@return the template of {@code family}, for a file that has none} */
  public static ChatTemplate of(ModelFamily family, TemplateSetup setup) {
    return of(family.template(), setup);
  }

  private static Json.Object variables(
      TemplateSetup setup, Json messages, Json tools, boolean addGenerationPrompt) {
    Map<String, Json> variables = new LinkedHashMap<>(setup.variables().members());
    setup.specialTexts().forEach((name, text) -> variables.put(name, new Json.Text(text)));
    variables.put("messages", messages);
    variables.put("tools", tools);
    variables.put("documents", Json.Null.NULL);
    variables.put("add_generation_prompt", new Json.Bool(addGenerationPrompt));
    return new Json.Object(variables);
  }
}
