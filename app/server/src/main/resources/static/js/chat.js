/** The chat: messages, streaming, stop and retry. */

import DOMPurify from '/webjars/dompurify/3.3.3/dist/purify.es.mjs';
import { marked } from '/webjars/marked/17.0.1/lib/marked.esm.js';
import { answer, call, conversationPath } from './api.js';
import { $, element } from './page.js';

const SAFE = { ALLOWED_TAGS: ['p', 'br', 'em', 'strong', 'code', 'pre', 'ul', 'ol', 'li', 'blockquote', 'h1', 'h2', 'h3', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'a', 'hr', 'del'], ALLOWED_ATTR: ['href'] };
const SPEAKERS = { user: 'You', assistant: 'Madeleine', tool: 'A tool', system: 'An instruction' };
const KEPT = new Map([
  [true, 'Your message and what was said by then are remembered. Retry forgets both and asks again.'],
  [false, 'Nothing of this turn is remembered.'],
  [undefined, 'Whether this turn is remembered is not known. Retry asks again and forgets nothing.'],
]);
const ANSWERING = 'Reading and answering…';
const AT_END = 4; // pixels

/** What Safari calls the key that ends a composition, after it has told that it ended. */
const COMPOSING = 229;

export class Chat {
  #conversation;
  #stop;
  #last;
  #broken;
  #forgetting = false;
  #told;
  #following = true;
  #begun = 0;

  /** `done` hears when a turn is over. */
  constructor(done) {
    this.done = done;
    $('ask').addEventListener('submit', (event) => {
      event.preventDefault();
      this.say($('question').value);
    });
    $('question').addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== COMPOSING) {
        event.preventDefault();
        $('ask').requestSubmit();
      }
    });
    $('stop').addEventListener('click', () => this.#stop?.abort());
    $('retry').addEventListener('click', () => this.#again());
    const list = $('messages');
    list.addEventListener('scroll', () => {
      this.#following = list.scrollHeight - list.scrollTop - list.clientHeight < AT_END;
    });
    // A card that comes or grows below must not hide what was said last.
    new ResizeObserver(() => this.#follow()).observe(list);
  }

  /** Whoever reads further up is left there. */
  #follow() {
    if (this.#following) $('messages').scrollTop = $('messages').scrollHeight;
  }

  /** What broke off is forgotten and not yet asked again: whoever opened another one now would lose it. */
  get forgetting() {
    return this.#forgetting;
  }

  /** Whether an answer is on its way, or about to be asked for once more. */
  get busy() {
    return Boolean(this.#stop) || this.#forgetting || Boolean(this.#broken?.retried);
  }

  /** Whether an answer is on its way, or broke off and can be asked for once more. */
  get unfinished() {
    return this.busy || Boolean(this.#broken);
  }

  /** How often somebody said something or asked once more: the same, and nobody has meanwhile. */
  get begun() {
    return this.#begun;
  }

  /** From now on somebody listens. */
  ready() {
    $('question').disabled = false;
    $('send').disabled = Boolean(this.#stop);
  }

  /** Shows a conversation from its start. What was said last elsewhere is not to be said again here. */
  show(conversation, turns) {
    this.#stop?.abort();
    this.#conversation = conversation;
    this.#last = undefined;
    this.#broken = undefined;
    $('retry').disabled = true;
    this.#quietly(() => $('messages').replaceChildren(...items(turns)));
    this.#following = true;
    this.#follow();
  }

  /** Puts `note` and turns before those that are shown; what is read stays where it is. */
  showBefore(note, turns) {
    const list = $('messages');
    const fromEnd = list.scrollHeight - list.scrollTop;
    this.#quietly(() => list.prepend(...note, ...items(turns)));
    list.scrollTop = list.scrollHeight - fromEnd;
  }

  /** What was said before is there to be read, not to be read out. */
  #quietly(change) {
    $('messages').setAttribute('aria-busy', 'true');
    change();
    requestAnimationFrame(() => requestAnimationFrame(() => {
      if (!this.#stop) $('messages').setAttribute('aria-busy', 'false');
    }));
  }

  /** Gives whether it was said and answered to its end. */
  async say(text) {
    if (!text?.trim() || this.#stop || this.#forgetting) return false;
    this.#begun++;
    this.#last = text;
    this.#broken = undefined;
    $('question').value = '';
    this.#following = true;
    const turn = { conversation: this.#conversation, text, items: [this.#add('user', text), this.#add('assistant', '')] };
    const bubble = turn.items[1];
    let answered = false;
    bubble.classList.add('streaming');
    this.#busy(true);
    try {
      await this.#lookBefore(turn);
      await this.#stream(turn, bubble);
      answered = true;
    } catch (problem) {
      this.#fail(bubble, problem);
      if (turn.conversation === this.#conversation) this.#broken = turn;
    }
    bubble.classList.remove('streaming');
    this.#busy(false);
    turn.over = this.done().then(() => this.#broken === turn && this.#tellKept(turn));
    await turn.over;
    return answered;
  }

  /** Says a line that may have been begun before, so that the memory has it once. Gives whether it has been answered to its end. */
  async sayOnce(text) {
    if (this.busy) {
      this.#tell('Something else is being answered: go on after that.');
      return false;
    }
    if (this.#broken?.text === text) return this.#again();
    return this.#last === text || this.say(text); // Retry has had it answered
  }

  /** Once more. What is kept of an answer that broke off goes first, so that the memory has it once. Gives what `say` gives. */
  async #again() {
    const turn = this.#broken;
    this.#begun++;
    try {
      if (turn) {
        turn.retried = true;
        $('retry').disabled = true;
        // Stopped while it caught up it has said nothing, and what is to be read yet may take very long.
        if (!turn.catchingUp) await turn.over;
        const kept = turn === this.#broken && await this.#isKept(turn);
        if (turn !== this.#broken) return false; // something else was said or opened meanwhile
        if (kept) await this.#forget(turn);
      }
      return await this.say(turn ? turn.text : this.#last);
    } catch (problem) {
      if (turn) turn.retried = false;
      this.#tell(problem.message);
      $('retry').disabled = false;
      return false;
    }
  }

  async #forget(turn) {
    this.#forgetting = true;
    try {
      await call('DELETE', `${conversationPath(turn.conversation)}/turns/last`);
      turn.items.forEach((item) => item.remove());
    } finally {
      this.#forgetting = false;
    }
  }

  async #newest({ conversation }, signal) {
    return (await call('GET', `${conversationPath(conversation)}/turns?newest=1`, undefined, signal)).at(-1);
  }

  /** What cannot be known keeps nobody from asking; it keeps Retry from forgetting. */
  async #lookBefore(turn) {
    try {
      turn.before = (await this.#newest(turn, this.#stop.signal))?.id;
      turn.looked = true;
    } catch (problem) {
      if (problem.name === 'AbortError') throw problem;
    }
  }

  /** Whether anything of it is remembered; undefined where nobody can tell it from the turn before. */
  async #isKept(turn) {
    if (!turn.sent) return false;
    if (!turn.looked) return undefined;
    const newest = await this.#newest(turn);
    return newest !== undefined && newest.id !== turn.before
      && newest.messages.some((message) => message.role === 'user' && message.text === turn.text);
  }

  async #tellKept(turn) {
    try {
      const kept = await this.#isKept(turn);
      if (turn !== this.#broken) return;
      turn.items[1].append(element('div', { class: 'aside' }, KEPT.get(kept)));
      this.#follow();
    } catch {
      // What broke the turn off is told; nobody knows what is kept.
    }
  }

  async #stream(turn, bubble) {
    turn.sent = true;
    const started = performance.now();
    let first;
    let pieces = '';
    const reading = (progress) => {
      const caughtUp = turn.catchingUp;
      turn.catchingUp = progress.startsWith('read '); // else it waits: nothing was read for a while
      if (turn.catchingUp) this.#tellOn(`Catching up first: ${progress}…`);
      else if (caughtUp) this.#tellOn(ANSWERING);
    };
    for await (const piece of answer(turn.conversation, turn.text, this.#stop.signal, reading)) {
      turn.catchingUp = false;
      first ??= performance.now() - started;
      pieces += piece;
      render(bubble, 'assistant', pieces);
      this.#follow();
    }
    this.#tellOn(first === undefined ? '' : `First token after ${first.toFixed(0)} ms, answer after ${(performance.now() - started).toFixed(0)} ms.`);
  }

  #tell(state) {
    this.#told = state;
    $('state').textContent = state;
  }

  /** What somebody else has said there meanwhile stays. */
  #tellOn(state) {
    if ($('state').textContent === this.#told) this.#tell(state);
  }

  #fail(bubble, problem) {
    this.#tellOn('');
    if (problem.name === 'AbortError') {
      bubble.append(element('div', { class: 'aside' }, 'Stopped.'));
      return;
    }
    bubble.classList.add('failed');
    bubble.append(element('p', {}, problem.message));
  }

  /** A growing answer is read out once, when it is whole. */
  #busy(busy) {
    this.#stop = busy ? new AbortController() : undefined;
    $('send').disabled = busy;
    $('stop').disabled = !busy;
    $('retry').disabled = busy || !this.#last;
    $('messages').setAttribute('aria-busy', `${busy}`);
    if (busy) this.#tell(ANSWERING);
    else focusIfNowhereElse();
  }

  #add(role, text) {
    const added = item(role, '', text);
    $('messages').append(added);
    this.#follow();
    return added;
  }
}

/** Whoever has gone elsewhere with the keyboard stays there. */
function focusIfNowhereElse() {
  const at = document.activeElement;
  if (!at || at === document.body || $('ask').contains(at)) $('question').focus({ preventScroll: true });
}

function items(turns) {
  return turns.flatMap((turn) => turn.messages.map((message) => item(message.role, message.speaker, message.text)));
}

function item(role, speaker, text) {
  const added = element('li', { class: role },
    element('span', { class: 'visually-hidden' }, `${speaker || SPEAKERS[role] || role}: `),
    element('div', { class: 'text', dir: 'auto' }));
  render(added, role, text);
  return added;
}

function render(item, role, text) {
  const place = item.querySelector('.text');
  if (role === 'user') place.textContent = text;
  else place.innerHTML = DOMPurify.sanitize(marked.parse(text), SAFE);
}
