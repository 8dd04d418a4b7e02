/** Puts the page together. */

import { call, conversationPath, Problem, upload, useKey } from './api.js';
import { Chat } from './chat.js';
import { drawMap } from './map.js';
import { $, element } from './page.js';
import { drawSurprise } from './surprise.js';
import { startTour } from './tour.js';
import { drawTurn } from './turn.js';

const VISITED = 'madeleine.visited';
const THEME = 'madeleine.theme';

let conversation;
let mind;
const chat = new Chat(refresh);

async function refresh() {
  await list();
  mind = await call('GET', `${conversationPath(conversation)}/mind`);
  draw();
}

function draw() {
  if (!mind) return;
  drawSurprise(mind);
  drawMap(mind, conversation);
  drawTurn(mind);
}

async function list() {
  const known = await call('GET', '/api/conversations');
  const options = known.some((each) => each.id === conversation) ? known : [{ id: conversation, turns: 0 }, ...known];
  $('conversations').replaceChildren(...options.map((each) =>
    element('option', { value: each.id, selected: each.id === conversation }, `${each.id} (${each.turns} turns)`)));
}

async function open(id) {
  conversation = id;
  location.hash = encodeURIComponent(id);
  const turns = await call('GET', `${conversationPath(id)}/turns`);
  chat.show(id, turns);
  await refresh();
}

function newId() {
  return `chat-${new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-')}`;
}

async function forget(path, what) {
  if (!confirm(`Forget ${what}? This cannot be undone.`)) return;
  const receipt = await call('DELETE', path);
  $('receipt').textContent = 'Erased:\n' + receipt.erased.map((each) => `${each.where}: ${each.what}`).join('\n');
  await open(conversation);
}

async function importFile(file) {
  if (!file) return; // the chooser was closed
  $('state').textContent = `Importing ${file.name}…`;
  const result = await upload('/api/conversations/import', file, (share) => {
    $('state').textContent = `Importing ${file.name}: ${(100 * share).toFixed(0)} %`;
  });
  $('state').textContent = `Imported ${result.turns} turns.`;
  if (result.conversations.length > 0) await open(result.conversations.at(-1));
}

function guarded(action) {
  return async (...args) => {
    try {
      await action(...args);
    } catch (problem) {
      $('state').textContent = problem.message;
      if (problem instanceof Problem && problem.status === 401) $('key').showModal();
    }
  };
}

$('conversations').addEventListener('change', guarded((event) => open(event.target.value)));
$('new').addEventListener('click', guarded(() => open(newId())));
$('import').addEventListener('click', () => $('import-file').click());
$('import-file').addEventListener('change', guarded((event) => importFile(event.target.files[0])));
$('tour').addEventListener('click', guarded(async () => {
  await open(newId());
  startTour(chat);
}));
$('forget-turn').addEventListener('click', guarded(() =>
  forget(`${conversationPath(conversation)}/turns/last`, 'the last turn')));
$('forget-conversation').addEventListener('click', guarded(() =>
  forget(conversationPath(conversation), `the whole conversation “${conversation}”`)));
$('theme').addEventListener('click', () => {
  const dark = getComputedStyle(document.documentElement).colorScheme === 'dark'
    || (!document.documentElement.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches);
  setTheme(dark ? 'light' : 'dark');
});
$('key-form').addEventListener('submit', () => {
  useKey($('key-value').value);
  start();
});
addEventListener('resize', draw);

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem(THEME, theme);
}

const start = guarded(async () => {
  const status = await call('GET', '/api/status');
  $('model').textContent = `${status.model}, tenant ${status.tenant}, store ${status.store}`;
  const known = await call('GET', '/api/conversations');
  const wanted = decodeURIComponent(location.hash.slice(1)) || known[0]?.id;
  await open(wanted || newId());
  chat.ready();
  if (!localStorage.getItem(VISITED) && !known.length) {
    localStorage.setItem(VISITED, 'yes');
    startTour(chat);
  }
});

if (localStorage.getItem(THEME)) setTheme(localStorage.getItem(THEME));
start();
