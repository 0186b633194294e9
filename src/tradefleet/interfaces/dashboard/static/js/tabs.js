// Tabs that are addresses: the hash says which is open, the arrows walk through them.

import { find, findAll } from "./dom.js";

/** Wires a tablist; `onOpen(key)` hears which one opens. Unknown hashes open the first. */
export function tabs(list, onOpen) {
  const all = findAll('[role="tab"]', list);
  const keyOf = (tab) => tab.hash.slice(1);
  let shown = "";

  const open = (key) => {
    const wanted = all.find((tab) => keyOf(tab) === key) ?? all[0];
    if (keyOf(wanted) === shown) return;
    shown = keyOf(wanted);
    for (const tab of all) {
      const chosen = tab === wanted;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      find(`#${tab.getAttribute("aria-controls")}`).hidden = !chosen;
    }
    onOpen(shown);
  };

  const go = (key) => {
    history.replaceState(null, "", `#${key}`);
    open(key);
  };

  list.addEventListener("click", (event) => {
    const tab = event.target.closest('[role="tab"]');
    if (!tab) return;
    event.preventDefault();
    go(keyOf(tab));
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = all.indexOf(document.activeElement);
    if (at < 0 || !(step || ["Home", "End", " "].includes(event.key))) return;
    event.preventDefault();
    const next = event.key === "Home" ? 0 : event.key === "End" ? all.length - 1 : (at + (step ?? 0) + all.length) % all.length;
    all[next].focus();
    go(keyOf(all[next]));
  });
  addEventListener("hashchange", () => open(location.hash.slice(1)));
  open(location.hash.slice(1));
  return { go, shown: () => shown };
}
