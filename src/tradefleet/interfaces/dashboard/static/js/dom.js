// Building the page from data. Text is always text: nothing here reads markup.

/** Makes an element: h("td", { class: "number" }, "1.00"). Handlers are on…-properties. */
export function h(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "data") Object.entries(value).forEach(([name, text]) => text === null || text === undefined || (element.dataset[name] = text));
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An icon of the sprite in the page. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

export const find = (selector, within = document) => within.querySelector(selector);
export const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

/**
 * Makes `container` hold `children`, touching only what differs: focus, hover, selection and scroll
 * stay where they are. A child with data-key is the same thing wherever it stands in the list.
 * Siblings that come and go need keys, else one is taken for the other. Listeners of children that
 * were there before stay the old ones, so listen on the container.
 */
export function render(container, ...children) {
  const fresh = children.flat().filter((child) => child !== null && child !== undefined && child !== false);
  align(container, fresh.map((child) => (child instanceof Node ? child : document.createTextNode(child))));
}

const keyOf = (node) => node.dataset?.key;

function align(container, fresh) {
  const wanted = new Set(fresh.map(keyOf));
  const known = new Map();
  for (const child of [...container.children].filter(keyOf)) {
    if (wanted.has(keyOf(child))) known.set(keyOf(child), child);
    else child.remove(); // at once: moving what stays would take its focus
  }
  let place = container.firstChild;
  for (const node of fresh) {
    const there = keyOf(node) ? known.get(keyOf(node)) : place;
    if (!there || there.nodeName !== node.nodeName || keyOf(there) !== keyOf(node)) {
      container.insertBefore(node, place);
      continue;
    }
    if (there === place) place = place.nextSibling;
    else container.insertBefore(there, place);
    become(there, node);
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

/** Turns one node into another without replacing it. What a person opened or typed is theirs. */
function become(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  align(old, [...fresh.childNodes]);
}

/** Sets text only where it changed, so that selections and screen readers are left in peace. */
export function say(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}
