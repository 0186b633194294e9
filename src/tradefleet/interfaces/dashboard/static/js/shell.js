// The frame around every page: the strip, the panic button, the keyboard, the ticking countdowns.

import { post } from "./api.js";
import { countdown } from "./botcard.js";
import { attempt, choose } from "./dialog.js";
import { find, findAll, h, say } from "./dom.js";
import { duration, number, signed, tone } from "./format.js";
import { stopAll, watchHalt } from "./halt.js";
import { follow } from "./live.js";

const listeners = new Set();
const pageTitle = document.title;
let newest = null;
let clockOffset = 0;

/** The server's time, in UTC milliseconds. */
export const serverNow = () => Date.now() + clockOffset;

/** Calls `listener(overview)` now, if something is known, and on every news. */
export function onOverview(listener) {
  listeners.add(listener);
  if (newest) listener(newest);
}

const STATES = { live: "live", "catching-up": "catching up", offline: "offline" };
const STALE_MS = 45_000;

function showState(state, age) {
  const pulse = find("#pulse");
  pulse.dataset.state = state;
  say(pulse, STATES[state]);
  const stale = find("#stale");
  stale.hidden = state === "live" ? age < STALE_MS : age < STALE_MS && state !== "offline";
  const since = newest ? `What you see is ${duration(age)} old.` : "Nothing was heard yet.";
  say(stale, `The dashboard's server does not answer. ${since} Bots go on without it.`);
}

const HEALTH = { ok: "All well", look: "Needs a look", act: "Act now" };

/** The age of the wallet's figures; it grows while nothing is heard. */
function showAge() {
  const at = newest?.balance.at;
  say(find("#strip-age"), at ? `${duration(serverNow() - at)} old` : "—");
}

/** How much of the day's loss limit is left; without a limit there is nothing to show. */
function showLimit(loss) {
  const button = find("#loss-limit");
  const limit = Number(loss.limit);
  button.hidden = !limit;
  if (!limit) return;
  const left = Math.max(0, limit - Math.max(0, Number(loss.lost)));
  button.dataset.state = loss.reached ? "act" : left < limit / 4 ? "look" : "ok";
  button.title = `The whole fleet ${loss.text}; at the limit entries of all bots pause.`;
  say(find("#strip-limit"), loss.reached ? "reached" : `${number(left)} left`);
}

function showStrip({ totals, findings, health, quote, loss }) {
  showAge();
  showLimit(loss);
  const today = find("#strip-today");
  say(today, `${signed(totals.profit_today)} ${quote}`);
  today.className = tone(totals.profit_today);
  const button = find("#health");
  button.dataset.state = health.state;
  button.title = health.sentence;
  say(find("span", button), HEALTH[health.state] ?? health.state);
  const count = find("#strip-count");
  count.hidden = findings.length === 0;
  count.dataset.tone = findings.some((finding) => finding.severity === "act") ? "act" : "look";
  say(count, String(findings.length));
  document.title = `${totals.open_positions ? `(${totals.open_positions}) ` : ""}${signed(totals.profit_today)} · ${pageTitle}`;
}

function tick() {
  showAge();
  for (const element of findAll("[data-next]")) {
    say(element, countdown(Number(element.dataset.next), serverNow()));
  }
}

export const refresh = follow((overview) => {
  newest = overview;
  clockOffset = overview.now - Date.now();
  showStrip(overview);
  for (const listener of listeners) listener(overview);
}, showState);
setInterval(tick, 1_000);

find("#health").addEventListener("click", () => {
  if (!newest) return;
  const { health, launcher } = newest;
  choose({
    title: health.sentence || "All well",
    text: [
      h("table", {},
        h("thead", {}, h("tr", {}, h("th", {}, "Process"), h("th", {}, "State"), h("th", { class: "number" }, "Heard"))),
        h("tbody", {}, health.processes.map((process) => h("tr", {},
          h("td", {}, process.name),
          h("td", { class: process.ok ? "gain" : "loss" }, process.ok ? "working" : process.detail || "silent"),
          h("td", { class: "number" }, process.age_ms === null ? "—" : `${duration(process.age_ms)} ago`))))),
      h("p", { class: "muted small" }, launcher?.sentence ?? ""),
    ],
    answers: [],
    leave: "Close",
  });
});

find("#loss-limit").addEventListener("click", async () => {
  if (!newest) return;
  const { loss } = newest;
  const answer = await choose({
    title: loss.reached ? "The fleet's loss limit is reached" : "The fleet's loss limit",
    text: [
      `All bots together ${loss.text}, by closed trades.`,
      h("p", { class: "muted" }, loss.reached ? "Nothing is bought until midnight UTC; stops, targets and sales go on. Counting anew lets every bot lose the whole limit once more." : "At the limit entries of all bots pause until midnight UTC; stops, targets and sales go on. The limit is DAILY_LOSS_LIMIT in your settings."),
    ],
    answers: loss.reached ? [{ key: "reset", label: "Count anew, let bots buy", danger: true }] : [],
    leave: loss.reached ? "Keep the pause" : "Close",
  });
  if (answer !== "reset") return;
  await attempt(() => post("/api/loss-limit/reset"), "The day's loss is counted anew.");
  refresh();
});

find("#panic").addEventListener("click", () => stopAll(refresh));
watchHalt(onOverview, refresh);

const goTo = (path) => () => { location.href = path; };
const KEYS = [
  ["g o", "Overview", goTo("/")],
  ["g b", "Bots", goTo("/bots")],
  ["g t", "Backtest", goTo("/backtest")],
  ["g m", "Optimise", goTo("/optimise")],
  ["g s", "Strategies", goTo("/strategies")],
  ["g n", "News", goTo("/news")],
  ["g a", "Activity", goTo("/activity")],
  ["n", "New bot", goTo("/bots/new")],
  ["/", "Search on this page", () => {
    const search = findAll("[data-search]").find((input) => input.offsetParent);
    if (search) search.focus();
    else location.href = "/bots#search";
  }],
  ["?", "This list", () => choose({
    title: "Keyboard",
    text: [h("table", {}, h("tbody", {}, KEYS.map(([keys, label]) => h("tr", {}, h("td", {}, keys.split(" ").map((key) => h("kbd", {}, key))), h("td", {}, label)))))],
    answers: [],
    leave: "Close",
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
