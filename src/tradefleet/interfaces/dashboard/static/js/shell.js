// The frame around every page: the strip, the panic button, the keyboard.

import { post } from "./api.js";
import { choose, attempt, toast } from "./dialog.js";
import { find, say, h } from "./dom.js";
import { duration, signed, tone } from "./format.js";
import { follow } from "./live.js";

const listeners = new Set();
let newest = null;

/** Calls `listener(overview)` now, if something is known, and on every news. */
export function onOverview(listener) {
  listeners.add(listener);
  if (newest) listener(newest);
}

const STATES = { live: "live", "catching-up": "catching up", offline: "offline" };

function showState(state) {
  const pulse = find("#pulse");
  pulse.dataset.state = state;
  say(pulse, STATES[state]);
}

function showStrip(overview) {
  const { balance, totals, findings } = overview;
  say(find("#strip-age"), balance.at ? `${duration(overview.now - balance.at)} old` : "—");
  const today = find("#strip-today");
  say(today, `${signed(totals.profit_today)} ${overview.quote}`);
  today.className = tone(totals.profit_today);
  const count = find("#strip-count");
  count.hidden = findings.length === 0;
  count.dataset.tone = findings.some((finding) => finding.severity === "act") ? "act" : "look";
  say(count, String(findings.length));
  const result = signed(totals.profit_today);
  document.title = `${totals.open_positions ? `(${totals.open_positions}) ` : ""}${result} · ${document.title.split(" · ").slice(-2).join(" · ")}`;
}

export const refresh = follow((overview) => {
  newest = overview;
  showStrip(overview);
  for (const listener of listeners) listener(overview);
}, showState);

find("#panic").addEventListener("click", async () => {
  const how = await choose({
    title: "Stop every bot now?",
    text: [
      "No bot will enter again until you start it.",
      h("p", { class: "muted" }, "Keeping leaves each position with its stop and target resting at the exchange. Selling sells every position at market."),
    ],
    word: "STOP",
    answers: [
      { key: "sell", label: "Sell everything and stop", danger: true },
      { key: "keep", label: "Stop, keep positions protected", danger: true },
    ],
  });
  if (!how) return;
  const receipt = await attempt(() => post("/api/panic", { how, confirm: "STOP" }));
  if (receipt) toast(receipt.sentence ?? "Every bot was told to stop.", "gain");
  refresh();
});

const KEYS = [
  ["g o", "Overview", () => (location.href = "/")],
  ["g b", "Bots", () => (location.href = "/bots")],
  ["g s", "Strategies", () => (location.href = "/strategies")],
  ["g a", "Activity", () => (location.href = "/activity")],
  ["n", "New bot", () => (location.href = "/bots/new")],
  ["/", "Search", () => find("[data-search]")?.focus()],
  ["?", "This list", () => choose({
    title: "Keyboard",
    text: [h("table", {}, h("tbody", {}, KEYS.map(([keys, label]) => h("tr", {}, h("td", {}, h("kbd", {}, keys)), h("td", {}, label)))))],
    answers: [],
  })],
];

let pending = "";
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, select, textarea, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || find("dialog[open]")) return;
  const keys = pending ? `${pending} ${event.key}` : event.key;
  const known = KEYS.find(([name]) => name === keys);
  pending = event.key === "g" && !pending ? "g" : "";
  if (known) {
    event.preventDefault();
    known[2]();
  }
});
