/** The server's short names in words for people. */

const TIERS = { RAM: 'in memory', COMPRESSED: 'compressed in memory', DISK: 'on disk', LOG: 'only in the log' };

const BOUNDARIES = {
  words: 'few words in common with what went before',
  meaning: 'it is about something else',
  phrase: 'a phrase that opens a subject',
  rhythm: 'the episode had its usual length',
  surprisal: 'the model was surprised',
  'context gain': 'what was said before helped little',
  speaker: 'who speaks',
  pause: 'a pause',
  length: 'the episode had grown long',
  'session mark': 'a session began',
};

const RECALLS = {
  words: 'the same words',
  meaning: 'a similar meaning',
  surroundings: 'what stands beside it',
  name: 'the name behind “my …”',
  speaker: 'who said it',
  time: 'when it was said',
};

export const tier = (name) => TIERS[name] ?? name;
export const boundary = (reason) => BOUNDARIES[reason] ?? reason;
export const recall = (reason) => RECALLS[reason] ?? reason;

/** Nats as odds: how often the model would have expected just this token. */
export function odds(nats) {
  const one = Math.exp(nats);
  return one < 1.5 ? 'no surprise' : `one chance in ${one < 10 ? one.toFixed(1) : Math.round(one).toLocaleString('en')}`;
}
