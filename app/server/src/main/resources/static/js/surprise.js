/** The surprise line: surprisal per token, episodes as bands, boundaries with their reasons. */

import { $, element, hue, shape } from './page.js';
import { boundary as because, odds } from './words.js';

const HEIGHT = 150;
const LEFT = 28;
const BOTTOM = 18;
const SHOWN = 900;
const NEAR = 5;
const LABEL = 16;

let pointed;

export function drawSurprise(mind) {
  const figure = $('surprise');
  if (!mind.surprise.tokens.length) {
    pointed = undefined;
    figure.replaceChildren(element('p', { class: 'quiet' }, 'Nothing read yet.'));
    $('surprise-note').textContent = '';
    return;
  }
  const line = new Line(mind, Math.max(figure.clientWidth - 4, 320));
  figure.replaceChildren(line.drawing());
  $('surprise-note').textContent = line.summary();
  pointed = line;
}

/** Left and right walk along the line. */
$('surprise').addEventListener('keydown', (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step || !pointed) return;
  event.preventDefault();
  $('surprise-note').setAttribute('aria-live', 'polite');
  pointed.walk(step);
});

class Line {
  #mind;
  #tokens;
  #first;
  #boundaries;
  #width;
  #top;
  #at;
  #dot = shape('circle', { r: 0, fill: 'var(--accent)' });

  constructor(mind, width) {
    const { tokens, from, boundaries } = mind.surprise;
    const skipped = Math.max(0, tokens.length - SHOWN);
    this.#mind = mind;
    this.#tokens = tokens.slice(skipped);
    this.#first = from + skipped;
    this.#boundaries = boundaries.filter((each) => each.at >= this.#first);
    this.#width = width;
    this.#top = Math.max(4, ...this.#tokens.map((token) => token.nats));
    this.#at = this.#tokens.length;
  }

  #x(index) {
    return LEFT + ((index - this.#first) / this.#tokens.length) * (this.#width - LEFT);
  }

  #y(nats) {
    return 4 + (1 - nats / this.#top) * (HEIGHT - BOTTOM - 4);
  }

  drawing() {
    const svg = shape('svg', {
      width: this.#width, height: HEIGHT, role: 'img',
      'aria-label': `Surprisal of the last ${this.#tokens.length} tokens, at most ${this.#top.toFixed(1)} nats; ${this.#boundaries.length} boundaries`,
    });
    svg.append(
      ...this.#mind.episodes.flatMap((episode) => this.#band(episode)),
      shape('line', { class: 'axis', x1: LEFT, x2: this.#width, y1: this.#y(0), y2: this.#y(0) }),
      shape('text', { class: 'tick', x: 2, y: this.#y(0) }, '0'),
      shape('text', { class: 'tick', x: 2, y: this.#y(this.#top) + 8 }, this.#top.toFixed(1)),
      shape('path', { class: 'curve', d: this.#path() }),
      ...this.#marks(),
      this.#dot);
    svg.addEventListener('mousemove', (event) => this.#pointAt(event.clientX - svg.getBoundingClientRect().left));
    svg.addEventListener('mouseleave', () => this.#leave());
    return svg;
  }

  #band(episode) {
    const from = Math.max(this.#first, episode.firstToken);
    const to = Math.min(this.#first + this.#tokens.length, episode.endToken);
    return from >= to ? [] : [shape('rect', {
      class: 'band', x: this.#x(from), width: this.#x(to) - this.#x(from), y: 0, height: HEIGHT - BOTTOM, fill: hue(episode.topic.id),
    })];
  }

  #path() {
    return this.#tokens.map((token, i) =>
      `${i ? 'L' : 'M'}${this.#x(this.#first + i).toFixed(1)} ${this.#y(token.nats).toFixed(1)}`).join('');
  }

  /** The number of the turn stands below where there is room for it. */
  #marks() {
    let free = 0;
    return this.#boundaries.map((each) => {
      const x = this.#x(each.at);
      const label = x >= free ? shape('text', { x: x + 2, y: HEIGHT - 5 }, `${each.turn + 1}`) : undefined;
      free = label ? x + LABEL : free;
      return shape('g', { class: 'boundary' }, shape('line', { x1: x, x2: x, y1: 0, y2: HEIGHT - BOTTOM }), label);
    });
  }

  walk(step) {
    this.#point(Math.min(this.#tokens.length - 1, Math.max(0, this.#at + step)));
  }

  #pointAt(x) {
    const share = (x - LEFT) / (this.#width - LEFT);
    this.#point(Math.min(this.#tokens.length - 1, Math.max(0, Math.floor(share * this.#tokens.length))), x);
  }

  #point(at, x = this.#x(this.#first + at)) {
    this.#at = at;
    const token = this.#tokens[at];
    this.#dot.setAttribute('r', 3);
    this.#dot.setAttribute('cx', this.#x(this.#first + at));
    this.#dot.setAttribute('cy', this.#y(token.nats));
    const near = this.#boundaries.find((each) => Math.abs(this.#x(each.at) - x) <= NEAR);
    $('surprise-note').textContent = (near ? `${opens(near)} ` : '')
      + `“${token.text.trim() || token.text}”: ${token.nats > 0 ? `${token.nats.toFixed(2)} nats, ${odds(token.nats)}` : 'surprise not observed'}; turn ${token.turn + 1}${this.#topicAt(this.#first + at)}.`;
  }

  #topicAt(token) {
    const episode = this.#mind.episodes.find((each) => each.firstToken <= token && token < each.endToken);
    return episode ? `, topic “${episode.topic.label}”` : ', in the episode that is still open';
  }

  #leave() {
    this.#dot.setAttribute('r', 0);
    $('surprise-note').textContent = this.summary();
  }

  /** Of the tokens whose surprise was observed: where reading broke off in the middle of a turn, it was not. */
  #mean() {
    const observed = this.#tokens.map((token) => token.nats).filter((nats) => nats > 0);
    return observed.length
      ? `Mean ${(observed.reduce((sum, nats) => sum + nats, 0) / observed.length).toFixed(2)} nats.`
      : 'How surprising these words were was not observed.';
  }

  summary() {
    const last = this.#boundaries.at(-1);
    return `${this.#mean()} ` + (last ? opens(last) : 'No boundary yet: one episode so far.');
  }
}

function opens(boundary) {
  return `A new episode begins in turn ${boundary.turn + 1}: ${boundary.reasons.map(because).join('; ')}.`;
}
