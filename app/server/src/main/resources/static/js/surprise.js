/** The surprise line: surprisal per token, episodes as bands, boundaries with their reasons. */

import { $, element, hue, shape } from './page.js';

const HEIGHT = 150;
const LEFT = 28;
const BOTTOM = 18;
const SHOWN = 900;

export function drawSurprise(mind) {
  const line = mind.surprise;
  const figure = $('surprise');
  if (!line.tokens.length) {
    figure.replaceChildren(element('p', { class: 'quiet' }, 'Nothing read yet.'));
    $('surprise-note').textContent = '';
    return;
  }
  const skipped = Math.max(0, line.tokens.length - SHOWN);
  const tokens = line.tokens.slice(skipped);
  const first = line.from + skipped;
  const width = Math.max(figure.clientWidth - 4, 320);
  const top = Math.max(4, ...tokens.map((token) => token.nats));
  const x = (index) => LEFT + ((index - first) / tokens.length) * (width - LEFT);
  const y = (nats) => 4 + (1 - nats / top) * (HEIGHT - BOTTOM - 4);

  const drawing = shape('svg', {
    width, height: HEIGHT, role: 'img',
    'aria-label': `Surprisal of the last ${tokens.length} tokens, at most ${top.toFixed(1)} nats; ${line.boundaries.length} boundaries`,
  });
  for (const episode of mind.episodes) drawBand(drawing, episode, x, first, first + tokens.length);
  drawing.append(
    shape('line', { class: 'axis', x1: LEFT, x2: width, y1: y(0), y2: y(0) }),
    shape('text', { class: 'tick', x: 2, y: y(0) }, '0'),
    shape('text', { class: 'tick', x: 2, y: y(top) + 8 }, top.toFixed(1)),
    shape('path', { class: 'curve', d: path(tokens, first, x, y) }),
  );
  for (const boundary of line.boundaries) {
    if (boundary.at >= first) drawing.append(mark(boundary, x(boundary.at)));
  }
  drawing.append(hover(tokens, first, x, y, width));
  figure.replaceChildren(drawing);
  $('surprise-note').textContent = describe(line, tokens);
}

function drawBand(drawing, episode, x, first, end) {
  const from = Math.max(first, episode.firstToken);
  const to = Math.min(end, episode.endToken);
  if (from >= to) return;
  drawing.append(shape('rect', {
    class: 'band', x: x(from), width: x(to) - x(from), y: 0, height: HEIGHT - BOTTOM, fill: hue(episode.topic.id),
  }, shape('title', {}, `${episode.topic.label}: turns ${episode.firstTurn + 1} to ${episode.lastTurn + 1}`)));
}

function path(tokens, first, x, y) {
  return tokens.map((token, i) => `${i ? 'L' : 'M'}${x(first + i).toFixed(1)} ${y(token.nats).toFixed(1)}`).join('');
}

function mark(boundary, at) {
  return shape('g', { class: 'boundary' },
    shape('line', { x1: at, x2: at, y1: 0, y2: HEIGHT - BOTTOM }),
    shape('rect', { x: at - 4, y: 0, width: 8, height: HEIGHT, fill: 'transparent' },
      shape('title', {}, `Boundary before turn ${boundary.turn + 1}: ${boundary.reasons.join('; ')}`)),
    shape('text', { x: at + 2, y: HEIGHT - 5 }, `${boundary.turn + 1}`));
}

function hover(tokens, first, x, y, width) {
  const label = shape('text', { class: 'tick', y: HEIGHT - 5 });
  const dot = shape('circle', { r: 0, fill: 'var(--accent)' });
  const area = shape('rect', { x: LEFT, y: 0, width: width - LEFT, height: HEIGHT, fill: 'transparent' });
  area.addEventListener('mousemove', (event) => {
    const box = area.getBoundingClientRect();
    const index = Math.min(tokens.length - 1, Math.floor(((event.clientX - box.left) / box.width) * tokens.length));
    const token = tokens[index];
    dot.setAttribute('r', 3);
    dot.setAttribute('cx', x(first + index));
    dot.setAttribute('cy', y(token.nats));
    label.textContent = `“${token.text.trim()}” ${token.nats.toFixed(2)} nats, turn ${token.turn + 1}`;
    label.setAttribute('x', Math.min(x(first + index), width - 190));
  });
  return shape('g', {}, area, dot, label);
}

function describe(line, tokens) {
  const mean = tokens.reduce((sum, token) => sum + token.nats, 0) / tokens.length;
  const last = line.boundaries.at(-1);
  return `Mean ${mean.toFixed(2)} nats. ` + (last
    ? `Last boundary: before turn ${last.turn + 1}, because ${last.reasons.join('; ')}.`
    : 'No boundary yet: one episode so far.');
}
