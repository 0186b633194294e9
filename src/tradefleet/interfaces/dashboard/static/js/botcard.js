// A bot at a glance: what it holds, how it is protected, what it waits for, what it earned.
//
// Everything here is drawn from data alone; `data-action` names what a button does (bot_actions.js).

import { h, icon } from "./dom.js";
import { duration, percent, plural, price, quantity, seconds, signed, tone } from "./format.js";

const STATUS = {
  running: ["Running", "gain"],
  starting: ["Starting", "accent"],
  stopping: ["Stopping", "look"],
  stopped: ["Stopped", ""],
  failed: ["Failed", "act"],
};

const PROTECTION = {
  exchange: ["Protected at exchange", "gain"],
  bot: ["Protected by the bot only", "look"],
  none: ["Not protected", "act"],
};

export const isPaused = (bot) => bot.wish === "pause" && bot.status === "running";

/** Whether the stop of everything keeps bots from running (halt.js says so on every page). */
const isHalted = () => ["keep", "sell"].includes(document.body.dataset.halt);

export const isOn = (bot) => ["running", "starting"].includes(bot.status);

export function statusChip(bot) {
  const [label, toneName] = isPaused(bot) ? ["Entries paused", "look"] : STATUS[bot.status] ?? [bot.status, ""];
  return h("span", { class: "chip status", data: { tone: toneName } }, h("span", { class: "dot" }), label);
}

export function protectionChip(position) {
  const [label, toneName] = PROTECTION[position.protection] ?? PROTECTION.none;
  return h("span", { class: "chip", data: { tone: toneName } }, icon("shield"), label);
}

/** stop — entry — price — target, to scale. */
export function ladder(position) {
  const { stop_price: stop, target_price: target, entry_price: entry, price: now } = position;
  if (!stop && !target) return h("p", { class: "muted small" }, "Neither stop nor target is set.");
  const low = Number(stop ?? entry * 0.95);
  const high = Number(target ?? entry * 1.1);
  const place = (value) => `${Math.min(100, Math.max(0, ((Number(value) - low) / (high - low)) * 100)).toFixed(1)}%`;
  return h("div", { class: "ladder", role: "img", style: `--entry: ${place(entry)}; --now: ${place(now ?? entry)}`, "aria-label": `Stop ${price(stop)}, entry ${price(entry)}, price ${price(now)}, target ${price(target)}` },
    h("div", { class: "top" }, h("span", {}, `Entry ${price(entry)}`), h("span", {}, `Now ${price(now)}`)),
    h("div", { class: "track" }), h("div", { class: "mark" }), now ? h("div", { class: "now" }) : null,
    h("span", { class: "end" }, stop ? `Stop ${price(stop)}` : "no stop"),
    h("span", { class: "end right" }, target ? `Target ${price(target)}` : "no target"));
}

/** A small line of the bot's worth; keeps its room while there is nothing to draw. */
export function sparkline(values, width = 96, height = 28) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const put = (element, attributes) => Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  put(svg, { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  if (!values || values.length < 2) return svg;
  const figures = values.map(Number);
  const low = Math.min(...figures);
  const span = Math.max(...figures) - low || 1;
  const points = figures.map((value, i) => `${((i / (figures.length - 1)) * width).toFixed(1)},${(height - 2 - ((value - low) / span) * (height - 4)).toFixed(1)}`);
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  put(line, { points: points.join(" "), fill: "none", stroke: "currentColor", "stroke-width": "1.5", "stroke-linejoin": "round" });
  put(svg, { class: figures.at(-1) >= figures[0] ? "gain" : "loss" });
  svg.append(line);
  return svg;
}

// A bot that looks every other second needs no countdown.
const UNCOUNTED_MS = 5_000;

/** "next look in 3 min 10 s"; counts by the server's time, so the browser's clock does not matter. */
export function countdown(next, serverNow) {
  if (!next) return "";
  const left = next - serverNow;
  return left > 0 ? `next look in ${duration(left)}` : "looking now";
}

/** The place where the countdown ticks (shell.js keeps it going). */
export function clockFace(bot, serverNow) {
  const next = bot.status === "running" ? bot.next_evaluation_at : null;
  if (next && seconds(bot.every) * 1_000 <= UNCOUNTED_MS) return h("span", { class: "countdown" }, `looks every ${bot.every}`);
  return h("span", { class: "countdown", data: { next: next ?? "" } }, countdown(next, serverNow));
}

export function waitingSentence(bot) {
  if (bot.failure) return bot.failure;
  if (bot.status === "stopped") return isHalted() ? "Stopped with all bots, until that is reset." : "Stopped. Start it to let it trade.";
  if (bot.status === "stopping") return "Finishing the order in hand, then it stops.";
  return bot.waiting_for || "Waiting for its first look at the market.";
}

export const whatItDoes = (bot) => `${bot.base}/${bot.quote} · ${bot.strategy_title} · ${bot.interval} candles, looks every ${bot.every}`;

/** Why a bot cannot be started now; empty if it can. */
export function whyNoStart(bot) {
  if (bot.status === "stopping") return "It is still stopping.";
  return document.body.dataset.halt ? "All bots are halted; reset that first." : "";
}

/** Stop, or Start; `unready` is one more reason why it cannot be started. */
export function runButton(bot, size = "small", unready = "") {
  const why = whyNoStart(bot) || unready;
  return isOn(bot)
    ? h("button", { class: `button ${size}`, type: "button", data: { key: "stop", action: "stop", bot: bot.id } }, icon("square"), "Stop")
    : h("button", { class: `button ${size} primary`, type: "button", disabled: Boolean(why), title: why || null, data: { key: "start", action: "start", bot: bot.id } }, icon("play"), "Start");
}

function holding(bot) {
  const { position } = bot;
  return h("div", { class: "holding", data: { key: "holding" } },
    h("div", { class: "row small" },
      h("span", {}, `Holds ${quantity(position.quantity)} ${bot.base}`),
      h("span", { class: `push ${tone(position.profit)}` }, `${signed(position.profit)} ${bot.quote} (${percent(position.profit_percent)})`)),
    ladder(position),
    h("div", { class: "row" }, protectionChip(position)));
}

export function botCard(bot, serverNow) {
  return h("article", { class: "card bot-card", "aria-label": bot.name, data: { key: bot.id } },
    h("div", { class: "title" }, h("a", { href: `/bot/${bot.id}`, dir: "auto", title: bot.name }, bot.name), statusChip(bot)),
    h("p", { class: "what" }, whatItDoes(bot)),
    h("div", { class: "result" },
      h("div", {},
        h("b", { class: tone(bot.profit) }, signed(bot.profit), h("span", { class: "unit" }, bot.quote)),
        h("div", { class: "small muted" }, h("span", { class: tone(bot.profit_percent) }, percent(bot.profit_percent)), ` · ${plural(bot.trades, "trade")}`)),
      sparkline(bot.spark)),
    bot.position && !bot.failure
      ? holding(bot)
      : h("p", { class: `waiting ${bot.failure ? "loss" : ""}`, title: waitingSentence(bot), dir: "auto", data: { key: "waiting" } }, waitingSentence(bot)),
    h("div", { class: "foot", data: { key: "foot" } },
      clockFace(bot, serverNow),
      runButton(bot),
      h("a", { class: "button small", href: `/bot/${bot.id}`, "aria-label": `Open ${bot.name}`, data: { key: "open" } }, "Open")));
}
