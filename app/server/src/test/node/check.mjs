// The official OpenAI client asks a running Madeleine: node check.mjs BASE_URL. Prints a line for each thing that holds.
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const client = new OpenAI({ baseURL: process.argv[2], apiKey: 'not-needed', maxRetries: 0, timeout: 120_000 });
const model = 'pocket';
const sister = [
  { role: 'user', content: 'My sister is called Zelandra.' },
  { role: 'assistant', content: 'I see.' },
  { role: 'user', content: 'What is my sister called?' },
];
const weather = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather of a place',
    parameters: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
  },
};

async function refused(promise, kind, check) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof kind, `${error.constructor.name} instead of ${kind.name}: ${error.message}`);
    check(error);
    return true;
  });
}

const checks = {
  async models() {
    const listed = await client.models.list();
    assert.equal(listed.data[0].object, 'model');
    const one = await client.models.retrieve(listed.data[0].id);
    assert.equal(one.id, listed.data[0].id);
    await refused(client.models.retrieve('gpt-9'), OpenAI.NotFoundError, (e) => assert.equal(e.code, 'model_not_found'));
  },

  async chat() {
    const answer = await client.chat.completions.create({ model, temperature: 0, messages: sister });
    assert.equal(answer.object, 'chat.completion');
    assert.equal(answer.choices[0].message.role, 'assistant');
    assert.match(answer.choices[0].message.content, /Zelandra/);
    assert.equal(answer.choices[0].finish_reason, 'stop');
    assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
  },

  async cachedTokens() {
    const first = await client.chat.completions.create({ model, temperature: 0, messages: sister });
    const longer = [...sister, first.choices[0].message, { role: 'user', content: 'I have a parrot called Mopsel.' }];
    const second = await client.chat.completions.create({ model, temperature: 0, messages: longer });
    assert.ok(second.usage.prompt_tokens_details.cached_tokens >= first.usage.prompt_tokens - 1,
      `${second.usage.prompt_tokens_details.cached_tokens} of ${first.usage.prompt_tokens}`);
  },

  async stream() {
    const stream = await client.chat.completions.create({
      model, temperature: 0, messages: sister, stream: true, stream_options: { include_usage: true },
    });
    let text = '';
    let reason;
    let usage;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta?.content ?? '';
      reason = chunk.choices[0]?.finish_reason ?? reason;
      usage = chunk.usage ?? usage;
    }
    assert.match(text, /Zelandra/);
    assert.equal(reason, 'stop');
    assert.ok(usage.completion_tokens > 0);
  },

  async streamHelper() {
    const runner = client.chat.completions.stream({ model, temperature: 0, messages: sister });
    const pieces = [];
    runner.on('content', (piece) => pieces.push(piece));
    const whole = await runner.finalChatCompletion();
    assert.equal(pieces.join(''), whole.choices[0].message.content);
    assert.ok(pieces.length > 1);
  },

  async streamAborted() {
    const stream = await client.chat.completions.create({ model, temperature: 0, messages: sister, stream: true });
    for await (const chunk of stream) {
      assert.equal(chunk.object, 'chat.completion.chunk');
      break; // hangs up
    }
    assert.ok(stream.controller.signal.aborted);
  },

  async tools() {
    const messages = [{ role: 'user', content: 'What is the weather in Quillport?' }];
    const asked = await client.chat.completions.create({ model, temperature: 0, messages, tools: [weather] });
    const { message, finish_reason: reason } = asked.choices[0];
    assert.equal(reason, 'tool_calls');
    const [call] = message.tool_calls;
    assert.equal(call.type, 'function');
    assert.equal(call.function.name, 'weather');
    assert.match(JSON.stringify(JSON.parse(call.function.arguments)), /Quillport/);
    messages.push(message, { role: 'tool', tool_call_id: call.id, content: '17 degrees' });
    const told = await client.chat.completions.create({ model, temperature: 0, messages, tools: [weather] });
    assert.ok(told.choices[0].message.content.length > 0);
    const quiet = await client.chat.completions.create({ model, temperature: 0, messages: messages.slice(0, 1), tools: [weather], tool_choice: 'none' });
    assert.equal(quiet.choices[0].message.tool_calls, undefined);
  },

  async toolRequired() {
    const clock = { type: 'function', function: { name: 'clock', parameters: { type: 'object', properties: { zone: { type: 'string' } }, required: ['zone'] } } };
    const hello = [{ role: 'user', content: 'Hello!' }]; // nothing here wants a tool
    for (const tool_choice of ['required', { type: 'function', function: { name: 'clock' } }]) {
      const asked = await client.chat.completions.create({ model, temperature: 0, max_tokens: 200, messages: hello, tools: [weather, clock], tool_choice });
      const names = (asked.choices[0].message.tool_calls ?? []).map((call) => call.function.name);
      assert.equal(names.length, 1);
      assert.ok(tool_choice === 'required' || names[0] === 'clock', names[0]);
    }
    await assert.rejects(client.chat.completions.create({ model, messages: hello, tool_choice: 'required' }), /no tool of the request/);
  },

  async toolsStreamed() {
    const runner = client.chat.completions.stream({
      model, temperature: 0, messages: [{ role: 'user', content: 'What is the weather in Quillport?' }], tools: [weather],
    });
    const whole = await runner.finalChatCompletion();
    assert.equal(whole.choices[0].message.tool_calls[0].function.name, 'weather');
    assert.equal(whole.choices[0].finish_reason, 'tool_calls');
  },

  async responseFormat() {
    const schema = { type: 'object', properties: { open: { type: 'boolean' } }, required: ['open'], additionalProperties: false };
    const answer = await client.chat.completions.parse({
      model, temperature: 0, max_tokens: 100, messages: sister,
      response_format: { type: 'json_schema', json_schema: { name: 'door', strict: true, schema } },
    });
    assert.equal(typeof JSON.parse(answer.choices[0].message.content).open, 'boolean');
  },

  async stopSeedAndLogprobs() {
    const stopped = await client.chat.completions.create({ model, temperature: 0, messages: sister, stop: [' is'] });
    assert.ok(!stopped.choices[0].message.content.includes(' is'));
    const drawn = () => client.chat.completions.create({ model, temperature: 1, seed: 7, messages: sister, logprobs: true, top_logprobs: 2 });
    const [one, two] = [await drawn(), await drawn()];
    assert.equal(one.choices[0].message.content, two.choices[0].message.content);
    assert.ok(one.choices[0].logprobs.content[0].top_logprobs.length === 2);
    const short = await client.chat.completions.create({ model, temperature: 0, messages: sister, max_completion_tokens: 1 });
    assert.equal(short.choices[0].finish_reason, 'length');
  },

  async embeddings() {
    const [dog, hound, code] = (await client.embeddings.create({ model, input: ['a dog', 'a dog', 'the garage code'] })).data;
    const product = (a, b) => a.embedding.reduce((sum, x, i) => sum + x * b.embedding[i], 0);
    assert.ok(Math.abs(product(dog, hound) - 1) < 1e-3);
    assert.ok(product(dog, code) < 0.9999);
  },

  async conversation() {
    const say = (content) => client.chat.completions.create(
      { model, temperature: 0, messages: [{ role: 'user', content }] },
      { headers: { 'Madeleine-Conversation': 'node' } });
    await say('The garage code is 4821.');
    assert.match((await say('What is the garage code?')).choices[0].message.content, /4821/);
  },

  async errors() {
    await refused(client.chat.completions.create({ model, messages: sister, temperature: 9 }), OpenAI.BadRequestError, (e) => {
      assert.equal(e.param, 'temperature');
      assert.equal(e.type, 'invalid_request_error');
    });
    await refused(client.chat.completions.create({ model, messages: [] }), OpenAI.BadRequestError, (e) => assert.equal(e.param, 'messages'));
    await refused(client.chat.completions.create({ model, messages: [{ role: 'user', content: 'word '.repeat(50_000) }] }),
      OpenAI.BadRequestError, (e) => assert.equal(e.code, 'context_length_exceeded'));
  },
};

for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`not ok ${name}: ${error.stack}`);
    process.exitCode = 1;
  }
}
