/** Talks to the server: JSON, problem details, and the event stream of an answer. */

const KEY = 'madeleine.key';

/** A refusal of the server, in its own words. */
export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export function useKey(key) {
  sessionStorage.setItem(KEY, key);
}

function headers(extra) {
  const key = sessionStorage.getItem(KEY);
  return { ...(key ? { Authorization: `Bearer ${key}` } : {}), ...extra };
}

async function refusal(response) {
  return problemOf(response.status, await response.text());
}

function problemOf(status, text) {
  try {
    const body = JSON.parse(text);
    return new Problem(status, body.detail ?? body.error?.message ?? body.title ?? text);
  } catch {
    // A proxy in between tells in a whole page of its own what is said here.
    return new Problem(status, text && !text.trimStart().startsWith('<') ? text : `the server answered ${status}`);
  }
}

/** `signal`, where there is one, stops it. */
export async function call(method, path, body, signal) {
  const response = await fetch(path, {
    method,
    signal,
    headers: headers(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) throw await refusal(response);
  return response.status === 204 ? undefined : response.json();
}

export const conversationPath = (id) => `/api/conversations/${encodeURIComponent(id)}`;

/**
 * Sends a file as it is. `report` hears `{phase: 'sending', share}`, then what the server tells; `signal` stops it. Gives the
 * server's last word.
 */
export function upload(path, file, report, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let heard = 0;
    let last;
    const listen = () => {
      const told = request.responseText.slice(heard).split('\n\n');
      told.pop(); // what has not come whole yet
      for (const event of told) {
        heard += event.length + 2;
        last = JSON.parse(event.slice('data:'.length));
        report(last);
      }
    };
    request.open('POST', path);
    for (const [name, value] of Object.entries(headers({ 'Content-Type': 'application/octet-stream' }))) {
      request.setRequestHeader(name, value);
    }
    request.upload.onprogress = (event) => event.lengthComputable && report({ phase: 'sending', share: event.loaded / event.total });
    request.onprogress = () => request.status < 300 && listen();
    request.onload = () => {
      if (request.status >= 300) reject(problemOf(request.status, request.responseText));
      else {
        listen();
        if (last?.phase === 'done') resolve(last);
        else reject(new Problem(0, last?.detail ?? 'the server did not say how the import ended'));
      }
    };
    request.onerror = () => reject(new Problem(0, 'the server did not answer'));
    request.onabort = () => reject(new DOMException('stopped', 'AbortError'));
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

/**
 * Asks for an answer and yields its pieces of text as they come; `signal` stops it. `reading` hears the comments between
 * them: "read 200 of 9000 tokens" while much has to be read first, "waiting" where nothing has come for a while.
 */
export async function* answer(conversation, text, signal, reading) {
  const response = await fetch('/v1/chat/completions', {
    method: 'POST',
    signal,
    headers: headers({ 'Content-Type': 'application/json' }),
    // In the body, not in the header: a browser puts no letters beyond Latin-1 there.
    body: JSON.stringify({ model: 'default', stream: true, messages: [{ role: 'user', content: text }], metadata: { conversation } }),
  });
  if (!response.ok) throw await refusal(response);
  for await (const event of events(response.body, reading)) {
    if (event === '[DONE]') return;
    const chunk = JSON.parse(event);
    if (chunk.error) throw new Problem(500, chunk.error.message);
    const piece = chunk.choices?.[0]?.delta?.content;
    if (piece) yield piece;
  }
  throw new Problem(0, 'the answer broke off before its end');
}

async function* events(body, comment) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const blocks = rest.split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const lines = block.split('\n');
      lines.filter((line) => line.startsWith(':')).forEach((line) => comment(line.slice(1).trim()));
      const data = lines.filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).trimStart()).join('\n');
      if (data) yield data;
    }
  }
}
