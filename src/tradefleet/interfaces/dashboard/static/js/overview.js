// The overview: how the money stands, what the bots do, what happened last.

import { get, post } from "./api.js";
import { botCard, countdown } from "./botcard.js";
import { timeLine } from "./charts.js";
import { attempt } from "./dialog.js";
import { find, findAll, h, say } from "./dom.js";
import { duration, exactly, moment, number, percent, price, signed, tone } from "./format.js";
import { onOverview, refresh } from "./shell.js";

export const EXIT_REASONS = {
  stop_loss: "Stop loss",
  take_profit: "Take profit",
  signal: "Strategy",
  manual: "By hand",
  end: "End of data",
};

let clockOffset = 0;
let chart = null;

function showFigure(key, text, unit, note, toneName = "") {
  const box = find(`[data-figure="${key}"]`);
  const value = find(".value", box);
  value.className = `value ${toneName}`;
  value.replaceChildren(text, h("span", { class: "unit" }, unit));
  say(find(".note", box), note || "\u00a0");
}

function showMoney({ balance, totals, quote, now }) {
  const age = balance.at ? `wallet seen ${duration(now - balance.at)} ago` : "wallet not seen yet";
  showFigure("equity", number(balance.equity), quote, age);
  showFigure("profit", signed(totals.profit), quote, `${percent(totals.profit_percent)} · ${totals.trades} ${totals.trades === 1 ? "trade" : "trades"}`, tone(totals.profit));
  showFigure("free", number(balance.free), quote, `${number(balance.locked)} locked in orders`);
  showFigure("in_positions", number(balance.in_positions), quote, `${totals.open_positions} open`);
  showFigure("allocated", number(balance.allocated), quote, `${totals.bots} ${totals.bots === 1 ? "bot" : "bots"}`);
  const off = Number(balance.difference ?? 0);
  showFigure("unallocated", number(balance.unallocated), quote, off ? `books differ by ${signed(balance.difference)}` : "books match the wallet", off ? "loss" : "");
}

function showFindings(findings) {
  const section = find("#findings");
  section.hidden = findings.length === 0;
  section.replaceChildren(
    ...findings.map((finding) =>
      h("div", { class: "note", data: { tone: finding.severity } },
        h("span", {}, finding.text),
        finding.bot_id ? h("a", { href: `/bot/${finding.bot_id}`, style: "margin-left: auto; white-space: nowrap" }, "Open bot") : null)),
  );
}

function showBots(overview) {
  const { bots } = overview;
  find("#no-bots").hidden = bots.length > 0;
  find("#bots-section").hidden = bots.length === 0;
  find("#equity-card").hidden = bots.length === 0;
  say(find("#bots-line"), `${overview.totals.running} of ${bots.length} running`);
  find("#bot-cards").replaceChildren(...bots.map((bot) => botCard(bot, refresh)));
  tick();
}

function showTrades(trades) {
  find("#trades-card").hidden = trades.length === 0;
  find("#recent-trades").replaceChildren(
    ...trades.map((trade) =>
      h("tr", {},
        h("td", { title: exactly(trade.exit_time) }, moment(trade.exit_time)),
        h("td", {}, h("a", { href: `/bot/${trade.bot_id}#trades` }, trade.bot_name)),
        h("td", {}, EXIT_REASONS[trade.exit_reason] ?? trade.exit_reason),
        h("td", { class: "number" }, price(trade.entry_price)),
        h("td", { class: "number" }, price(trade.exit_price)),
        h("td", { class: `number ${tone(trade.profit)}` }, signed(trade.profit)),
        h("td", { class: `number ${tone(trade.profit_percent)}` }, percent(trade.profit_percent)))),
  );
}

function tick() {
  const now = Date.now() + clockOffset;
  for (const element of findAll("[data-next]")) {
    say(element, countdown({ status: "running", next_evaluation_at: Number(element.dataset.next) || 0 }, now));
  }
}

async function showEquity() {
  const range = find('#equity-range [aria-pressed="true"]').dataset.range;
  const answer = await attempt(() => get(`/api/equity?bot=0&range=${range}`));
  if (!answer) return;
  const { points } = answer;
  find("#equity-empty").hidden = points.length > 1;
  chart?.destroy();
  chart = timeLine(find("#equity"), [
    { label: "Bots", points: points.map(([at, equity]) => [at, equity]), tone: "accent" },
    { label: "Holding", points: points.map(([at, , holding]) => [at, holding]), tone: "muted", dashed: true },
  ], "USDT");
}

find("#equity-range").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  for (const other of findAll("#equity-range button")) other.setAttribute("aria-pressed", String(other === button));
  showEquity();
});

find("#demo").addEventListener("click", async (event) => {
  event.target.disabled = true;
  await attempt(() => post("/api/demo"), "Three bots start. The first trade usually comes within a minute.");
  event.target.disabled = false;
  refresh();
});

onOverview((overview) => {
  clockOffset = overview.now - Date.now();
  const markets = { synthetic: "a synthetic market", live: "live prices", recorded: "recorded prices" };
  say(find("#market-line"), overview.mode === "paper" ? `pretend money on ${markets[overview.market] ?? overview.market}` : `${overview.mode} account`);
  find("#demo").hidden = overview.mode !== "paper";
  find("#demo-words").hidden = overview.mode !== "paper";
  showMoney(overview);
  showFindings(overview.findings);
  showBots(overview);
  showTrades(overview.recent_trades);
});

showEquity();
setInterval(tick, 1_000);
setInterval(() => document.hidden || showEquity(), 30_000);
