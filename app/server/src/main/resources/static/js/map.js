/** The memory map: episodes on a time axis and by topic; click one to see what was kept. */

import { call, conversationPath } from './api.js';
import { $, bytes, element, figures, hue, shape } from './page.js';
import { tier } from './words.js';

const ROW = 46;
const LEFT = 120;
const AXIS = 20;

let leases = [];

export function drawMap(mind, conversation) {
  const figure = $('map');
  leases = [];
  if (!mind.episodes.length) {
    figure.replaceChildren(element('p', { class: 'quiet' }, 'No episode yet: the first one is still open.'));
  } else {
    figure.replaceChildren(drawing(mind, conversation, figure.clientWidth - 4));
  }
  figures($('bytes'), [
    ...used(mind.memory),
    ['kept, of what they take while in use', share(mind.episodes)],
    ['episodes', String(mind.episodes.length)],
  ]);
}

/** What is used, where that is told: it is of all tenants together. */
function used(memory) {
  return memory ? [
    ['in RAM, of a budget of ' + bytes(memory.ramBudget), bytes(memory.ramBytes)],
    ['on disk, of ' + bytes(memory.diskBudget), bytes(memory.diskBytes)],
  ] : [];
}

function share(episodes) {
  const full = episodes.reduce((sum, episode) => sum + episode.bytesFull, 0);
  const kept = episodes.reduce((sum, episode) => sum + episode.bytesKept, 0);
  return full ? `${((100 * kept) / full).toFixed(0)} %` : '–';
}

function drawing(mind, conversation, available) {
  const topics = [...new Map(mind.episodes.map((episode) => [episode.topic.id, episode.topic])).values()];
  const width = Math.max(available, 320);
  const turns = Math.max(1, mind.turns);
  const largest = Math.max(1, ...mind.episodes.map((episode) => episode.bytesKept));
  const back = new Set((mind.lastTurn?.recalled ?? []).map((recall) => recall.episode));
  const x = (turn) => LEFT + 16 + (turn / turns) * (width - LEFT - 36);
  const svg = shape('svg', { width, height: topics.length * ROW + AXIS, role: 'group', 'aria-label': 'Memory map' });
  topics.forEach((topic, row) => {
    const y = row * ROW + ROW / 2;
    svg.append(
      shape('text', { class: 'tick', x: 0, y: y + 4 }, shorten(topic.label), shape('title', {}, topic.label)),
      shape('line', { class: 'axis', x1: LEFT, x2: width, y1: y, y2: y }));
    for (const episode of mind.episodes.filter((each) => each.topic.id === topic.id)) {
      svg.append(...bubble(episode, x((episode.firstTurn + episode.lastTurn + 1) / 2), y, largest, conversation, back.has(episode.id)));
    }
  });
  svg.append(
    shape('text', { class: 'tick', x: LEFT, y: topics.length * ROW + 14 }, 'turn 1'),
    shape('text', { class: 'tick', x: width - 50, y: topics.length * ROW + 14 }, `turn ${mind.turns}`));
  return svg;
}

function shorten(label) {
  return label.length > 19 ? `${label.slice(0, 18)}…` : label;
}

function bubble(episode, cx, cy, largest, conversation, back) {
  const radius = 5 + 14 * Math.sqrt(episode.bytesKept / largest);
  const words = `${episode.topic.label}, turns ${episode.firstTurn + 1} to ${episode.lastTurn + 1}: `
    + `${episode.keptTokens} of ${episode.tokens} tokens, ${bytes(episode.bytesKept)}, ${tier(episode.tier)}${back ? ', came back this turn' : ''}`;
  const show = () => showEpisode(episode, conversation);
  const circle = shape('circle', {
    class: `episode ${episode.tier}${back ? ' back' : ''}`, cx, cy, r: radius, fill: hue(episode.topic.id), tabindex: 0, role: 'button', 'aria-label': words,
    onclick: show,
    onkeydown: (event) => {
      if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault();
        show();
      }
    },
  }, shape('title', {}, words + (episode.lease ? `. Pinned: ${episode.lease.why}` : '')));
  if (!episode.lease) return [circle];
  const label = shape('text', { class: 'lease', x: cx + radius + 3, y: cy - 6 });
  leases.push({ label, until: performance.now() + 1000 * episode.lease.secondsLeft });
  return [circle, label];
}

setInterval(() => {
  for (const { label, until } of leases) {
    const seconds = (until - performance.now()) / 1000;
    label.textContent = seconds > 0 ? `📌 ${seconds.toFixed(seconds < 10 ? 1 : 0)} s` : '';
  }
}, 200);

export async function showEpisode(episode, conversation) {
  const detail = await call('GET', `${conversationPath(conversation)}/episodes/${encodeURIComponent(episode.id)}`);
  $('episode-title').textContent = `${episode.topic.label}: turns ${episode.firstTurn + 1} to ${episode.lastTurn + 1}`;
  const kept = detail.tokens.filter((token) => token.kept).length;
  $('episode-body').replaceChildren(
    element('p', { class: 'quiet' }, `${kept} of ${detail.tokens.length} tokens survived: ${bytes(episode.bytesKept)} kept of ${bytes(episode.bytesFull)}, ${tier(episode.tier)}.`),
    element('p', { class: 'quiet' }, kept === detail.tokens.length
      ? 'All of it was kept, in fewer bytes; what is lost when more is to be saved is struck through.'
      : 'What is struck through was dropped when the episode closed.'),
    element('p', {}, ...detail.tokens.map((token) => element('span', { class: `token ${token.kept ? 'kept' : 'dropped'}` }, token.text))),
    element('h3', {}, 'The turns it touches'),
    element('ol', { class: 'said', start: episode.firstTurn + 1 }, ...detail.turns.map((turn) => element('li', {},
      ...turn.messages.map((message) => element('p', { dir: 'auto' }, element('strong', {}, `${message.speaker || message.role}: `), message.text))))));
  $('episode').showModal();
}
