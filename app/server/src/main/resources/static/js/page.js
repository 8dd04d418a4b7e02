/** Small words for building the page: elements, numbers, colours. */

export const $ = (id) => document.getElementById(id);

/** An HTML element; strings become text, never markup. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  return fill(node, attributes, children);
}

/** The same for SVG. */
export function shape(tag, attributes = {}, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  return fill(node, attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== undefined));
  return node;
}

export function bytes(count) {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let unit = 0;
  while (count >= 1024 && unit < units.length - 1) {
    count /= 1024;
    unit++;
  }
  return `${count.toFixed(unit && count < 100 ? 1 : 0)} ${units[unit]}`;
}

export function milliseconds(ms) {
  return ms >= 10_000 ? `${(ms / 1000).toFixed(0)} s` : ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${ms.toFixed(0)} ms`;
}

/** One colour a topic, far from its neighbours' (golden angle). */
export function hue(topic) {
  return `oklch(66% 0.13 ${((40 + topic * 137.508) % 360).toFixed(0)})`;
}

/** Fills a definition list with [term, value] pairs. */
export function figures(list, pairs) {
  list.replaceChildren(...pairs.map(([term, value]) =>
    element('div', {}, element('dt', {}, term), element('dd', {}, value))));
}
