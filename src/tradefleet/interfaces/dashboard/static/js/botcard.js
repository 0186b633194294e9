// A bot at a glance: what it holds, how it is protected, what it waits for, what it earned.

import { post } from "./api.js";
import { attempt, choose } from "./dialog.js";
import { h, icon } from "./dom.js";
import { duration, number, percent, price, quantity, signed, tone } from "./format.js";

export const STATUS = {
  running: ["Running", "gain"],
  starting: ["Starting", "accent"],
  stopping: ["Stopping", "look"],
  stopped: ["Stopped", ""],
  failed: ["Failed", "act"],
};

const PROTECTION = {
  exchange: ["Protected at the exchange", "gain"],
  bot: ["Protected by the bot only", "look"],
  none: ["Not protected", "act"],
};

export function statusChip(bot) {
  const paused = bot.wish === "pause" && bot.status === "running";
  const [label, tone] = paused ? ["Entries paused", "look"] : STATUS[bot.status] ?? [bot.status, ""];
  return h("span", { class: "chip", data: { tone } }, h("span", { class: "dot" }), label);
}

export function protectionChip(position) {
  const [label, tone] = PROTECTION[position.protection] ?? PROTECTION.none;
  return h("span", { class: "chip", data: { tone } }, label);
}

/** stop — entry — price — target, to scale. */
export function ladder(position) {
  const { stop_price: stop, target_price: target, entry_price: entry, price: now } = position;
  if (!stop && !target) return h("p", { class: "muted small" }, "Neither stop nor target is set.");
  const low = Number(stop ?? entry * 0.95);
  const high = Number(target ?? entry * 1.1);
  const place = (value) => `${Math.min(100, Math.max(0, ((Number(value) - low) / (high - low)) * 100))}%`;
  const shown = h("div", { class: "ladder", role: "img", "aria-label": `Stop ${price(stop)}, entry ${price(entry)}, price ${price(now)}, target ${price(target)}` },
    h("div", { class: "top" }, h("span", {}, `Entry ${price(entry)}`), h("span", {}, `Now ${price(now)}`)),
    h("div", { class: "track" }), h("div", { class: "mark" }), now ? h("div", { class: "now" }) : null,
    h("span", { class: "end" }, stop ? `Stop ${price(stop)}` : "no stop"),
    h("span", { class: "end right" }, target ? `Target ${price(target)}` : "no target"),
  );
  shown.style.setProperty("--entry", place(entry));
  shown.style.setProperty("--now", place(now ?? entry));
  return shown;
}

/** A small line of the bot's worth. */
export function sparkline(values, width = 96, height = 28) {
  if (!values || values.length < 2) return null;
  const figures = values.map(Number);
  const low = Math.min(...figures);
  const span = Math.max(...figures) - low || 1;
  const points = figures.map((value, i) => `${((i / (figures.length - 1)) * width).toFixed(1)},${(height - 2 - ((value - low) / span) * (height - 4)).toFixed(1)}`);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  for (const [name, value] of Object.entries({ points: points.join(" "), fill: "none", stroke: "currentColor", "stroke-width": "1.5", "stroke-linejoin": "round" })) line.setAttribute(name, value);
  svg.classList.add(figures.at(-1) >= figures[0] ? "gain" : "loss");
  svg.append(line);
  return svg;
}

export async function stopBot(bot, refresh) {
  let how = "keep";
  if (bot.position) {
    const held = `${quantity(bot.position.quantity)} ${bot.base}`;
    how = await choose({
      title: `Stop ${bot.name}?`,
      text: `It holds ${held}, worth ${number(bot.position.value)} ${bot.quote}.`,
      answers: [
        { key: "sell", label: `Sell ${held} and stop`, danger: true },
        { key: "keep", label: "Stop, keep stop and target resting" },
      ],
    });
    if (!how) return;
  }
  await attempt(() => post(`/api/bot/${bot.id}/stop`, { how }), (answer) => answer.receipt?.sentence ?? `${bot.name} was told to stop.`);
  refresh();
}

export async function startBot(bot, refresh) {
  await attempt(() => post(`/api/bot/${bot.id}/start`), `${bot.name} starts.`);
  refresh();
}

/** "next look in 3 min 10 s"; counts by the server's time, so the browser's clock does not matter. */
export function countdown(bot, serverNow) {
  if (bot.status !== "running" || !bot.next_evaluation_at) return "";
  const left = bot.next_evaluation_at - serverNow;
  return left > 0 ? `next look in ${duration(left)}` : "looking now";
}

export function waitingSentence(bot) {
  if (bot.failure) return bot.failure;
  if (bot.waiting_for) return bot.waiting_for;
  return bot.status === "stopped" ? "Stopped. Start it to let it trade." : "Waiting for its first look at the market.";
}

export function botCard(bot, refresh) {
  const running = ["running", "starting"].includes(bot.status);
  return h("article", { class: "card bot-card", data: { bot: bot.id } },
    h("div", { class: "title" }, h("a", { href: `/bot/${bot.id}` }, bot.name), statusChip(bot)),
    h("p", { class: "what" }, `${bot.base}/${bot.quote} · ${bot.strategy_title} · ${bot.interval} candles, every ${bot.every}`),
    h("div", { class: "result" },
      h("b", { class: tone(bot.profit) }, `${signed(bot.profit)} ${bot.quote}`),
      h("span", { class: `small ${tone(bot.profit)}` }, percent(bot.profit_percent)),
      h("span", { class: "muted small" }, `${bot.trades} ${bot.trades === 1 ? "trade" : "trades"}`),
      sparkline(bot.spark),
    ),
    bot.position
      ? h("div", { class: "stack", style: "gap: 8px" },
          h("div", { class: "row small" },
            h("span", {}, `Holds ${quantity(bot.position.quantity)} ${bot.base}`),
            h("span", { class: tone(bot.position.profit) }, `${signed(bot.position.profit)} (${percent(bot.position.profit_percent)})`),
            protectionChip(bot.position)),
          ladder(bot.position))
      : h("p", { class: `waiting ${bot.failure ? "loss" : ""}`, title: waitingSentence(bot) }, waitingSentence(bot)),
    h("div", { class: "foot" },
      h("span", { class: "countdown", data: { next: bot.status === "running" ? bot.next_evaluation_at ?? "" : "" } }),
      running
        ? h("button", { class: "button small", type: "button", onclick: () => stopBot(bot, refresh) }, icon("square"), "Stop")
        : h("button", { class: "button small primary", type: "button", disabled: bot.status === "stopping", onclick: () => startBot(bot, refresh) }, icon("play"), "Start"),
      h("a", { class: "button small", href: `/bot/${bot.id}` }, "Open")),
  );
}
