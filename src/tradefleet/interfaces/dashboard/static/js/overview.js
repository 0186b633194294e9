// The overview: how the money stands, what the bots do, what happened last.

import { get, post } from "./api.js";
import { isAsked, listen, settle } from "./bot_actions.js";
import { botCard } from "./botcard.js";
import { timeLine } from "./charts.js";
import { attempt } from "./dialog.js";
import { find, h, render, say } from "./dom.js";
import { duration, number, percent, plural, signed, tone } from "./format.js";
import { segmented } from "./segmented.js";
import { onOverview, refresh } from "./shell.js";
import { recentTradeRow } from "./trade_rows.js";

const MARKETS = { synthetic: "a synthetic market", live: "live prices", recorded: "recorded prices" };
const OWNERS = 3;
let bots = new Map();
let assets = [];
let quote = "USDT";
let chart = null;

function marketWords({ mode, market, market_frozen_since: frozen, now }) {
  if (mode !== "paper") return `${mode} account`;
  return `pretend money on ${MARKETS[market] ?? market}${frozen ? `, standing still for ${duration(now - frozen)}` : ""}`;
}

function showFigure(key, text, unit, note, toneName = "") {
  const box = find(`[data-figure="${key}"]`);
  const value = find(".value", box);
  value.className = `value ${toneName}`;
  render(value, text, h("span", { class: "unit" }, unit));
  const below = find(".below", box);
  say(below, note || "\u00a0");
  below.title = note;
}

function showMoney({ balance, totals, quote: unit, now }) {
  const age = balance.at ? `wallet seen ${duration(now - balance.at)} ago` : "wallet not seen yet";
  const off = Number(balance.difference ?? 0);
  showFigure("equity", number(balance.equity), unit, age);
  showFigure("profit", signed(totals.profit), unit, `${percent(totals.profit_percent)} · ${plural(totals.trades, "trade")}`, tone(totals.profit));
  showFigure("free", number(balance.free), unit, `${number(balance.locked)} locked`);
  showFigure("in_positions", number(balance.in_positions), unit, `${totals.open_positions} open`);
  showFigure("allocated", number(balance.allocated), unit, plural(totals.bots, "bot"));
  showFigure("unallocated", number(balance.unallocated), unit, off ? `books differ by ${signed(balance.difference)}` : "books match", off ? "loss" : "");
}

/** A finding's text with the name of its bot in it. */
function about({ text, bot_id: id }) {
  const name = bots.get(id)?.name;
  return !name || text.includes(name) ? text : `${name}: ${text}`;
}

function showFindings(findings) {
  const section = find("#findings");
  section.hidden = findings.length === 0;
  render(section, findings.map((finding) =>
    h("div", { class: "note", data: { tone: finding.severity, key: `${finding.code} ${finding.bot_id}` } },
      h("span", { dir: "auto" }, about(finding)),
      isAsked(finding)
        ? h("button", { class: "button small push", type: "button", data: { settle: finding.bot_id, code: finding.code, text: about(finding) } }, "Settle…") : null,
      finding.bot_id && !isAsked(finding) ? h("a", { class: "push", href: `/bot/${finding.bot_id}` }, "Open bot") : null)));
}

/** Whose an asset is, the first few by name. */
function owners(holders) {
  const names = holders.map(({ bot }) => bots.get(bot)?.name ?? `bot ${bot}`);
  return names.length > OWNERS ? `${names.slice(0, OWNERS).join(", ")} and ${names.length - OWNERS} more` : names.join(", ");
}

function showStatement() {
  find("#statement-card").hidden = !assets.some((line) => line.holders.length);
  render(find("#statement"), assets.map((line) => h("tr", { data: { key: line.asset } },
    h("td", {}, line.asset, h("div", { class: "muted small", dir: "auto" }, owners(line.holders))),
    h("td", { class: "number", data: { label: "Bots own" } }, line.bots),
    h("td", { class: `number ${Number(line.unallocated) < 0 ? "loss" : ""}`, data: { label: "Unallocated" } }, line.unallocated.replace("-", "−")),
    h("td", { class: "number", data: { label: "Wallet" } }, line.wallet))));
}

async function fetchStatement() {
  try {
    ({ assets } = await get("/api/statement"));
  } catch {
    return; // the strip already says that nothing is heard
  }
  showStatement();
}

function showBots(overview) {
  bots = new Map(overview.bots.map((bot) => [bot.id, bot]));
  find("#no-bots").hidden = bots.size > 0;
  find("#bots-section").hidden = bots.size === 0;
  find("#equity-card").hidden = bots.size === 0;
  say(find("#bots-line"), `${overview.totals.running} of ${bots.size} running`);
  render(find("#bot-cards"), overview.bots.map((bot) => botCard(bot, overview.now)));
}

function showTrades(trades) {
  find("#trades-card").hidden = trades.length === 0;
  render(find("#recent-trades"), trades.map(recentTradeRow));
}

async function showEquity(range) {
  let points;
  try {
    ({ points } = await get(`/api/equity?bot=0&range=${range}`));
  } catch {
    return; // the strip already says that nothing is heard
  }
  find("#equity-empty").hidden = points.length > 1;
  chart ??= timeLine(find("#equity"), quote);
  chart.show([
    { label: "Equity", points: points.map(([at, equity]) => [at, equity]), tone: "accent" },
    { label: "Holding", points: points.map(([at, , holding]) => [at, holding]), tone: "muted", dashed: true },
  ]);
}

const range = segmented(find("#equity-range"), "range", showEquity);

find("#demo").addEventListener("click", async (event) => {
  event.target.disabled = true;
  await attempt(() => post("/api/demo"), "Three bots start. The first trade usually comes within a minute.");
  event.target.disabled = false;
  refresh();
});

listen(find("#bot-cards"), (id) => bots.get(id), refresh);

find("#findings").addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-settle]");
  const bot = button && bots.get(Number(button.dataset.settle));
  if (!bot) return;
  button.disabled = true;
  await settle(bot, button.dataset);
  button.disabled = false;
  refresh();
  fetchStatement();
});

onOverview((overview) => {
  quote = overview.quote;
  say(find("#market-line"), marketWords(overview));
  find("#demo").hidden = overview.mode !== "paper";
  find("#demo-words").hidden = overview.mode !== "paper";
  find("#overview-loading").hidden = true;
  showMoney(overview);
  showBots(overview);
  showStatement();
  showFindings(overview.findings);
  showTrades(overview.recent_trades);
});

showEquity(range());
fetchStatement();
setInterval(() => document.hidden || fetchStatement(), 5_000);
setInterval(() => document.hidden || showEquity(range()), 15_000);
