// Creating a bot: the form is made from the strategies' own parameters, the words say what it means.

import { get, post } from "./api.js";
import { clearErrors, showErrors } from "./bot_form.js";
import { find, h, render, say } from "./dom.js";
import { number, price, seconds } from "./format.js";
import { busy, openForm } from "./open_form.js";

// A round trip costs about 0.1 % to buy and 0.1 % to sell.
const FEES = 0.002;

const form = find("#bot-form");
const note = find("#form-note");
const key = crypto.randomUUID();

/** The settings of the backtest that the address names, as those of a bot; null without one. */
async function fromBacktest() {
  const address = new URLSearchParams(location.search);
  const run = address.get("run");
  if (!run) return null;
  const { asked, brief, kind } = await get(`/api/run/${encodeURIComponent(run)}`);
  const coins = [asked.symbol, ...(asked.more_symbols ?? [])];
  if (coins.includes(address.get("symbol"))) asked.symbol = address.get("symbol");
  if (kind !== "optimise") return { rules: {}, ...asked };
  const { stop_loss = asked.stop_loss, take_profit = asked.take_profit, ...parameters } = brief.parameters;
  return { rules: {}, ...asked, stop_loss, take_profit, parameters: { ...asked.parameters, ...parameters } };
}

function explain({ coin, strategy, defaults, quote }) {
  const amount = Number(form.elements.trade_amount.value);
  const stop = Number(form.elements.stop_loss.value);
  const target = Number(form.elements.take_profit.value);
  if (!coin || !strategy || !amount) return;
  const looks = Math.round(86400 / seconds(form.elements.every.value || "15m"));
  const lost = (amount * stop) / 100 + amount * FEES;
  const won = (amount * target) / 100 - amount * FEES;
  render(find("#summary-words"),
    h("p", {}, `Watches ${coin.base} at ${price(coin.price)} ${quote} and looks ${looks.toLocaleString("en-GB")} times a day.`),
    h("p", {}, `Its first buy spends at most ${number(amount)} ${quote}, fee included.`),
    h("p", {}, stop ? `A stop ends a position about ${number(lost)} ${quote} down, fees included; a market that jumps over the stop can cost more.` : "Without a stop a position may lose all of its worth."),
    target ? h("p", {}, `A target ends it about ${number(won)} ${quote} up.`) : null,
    h("p", { class: "muted small" }, defaults.mode === "paper" ? "Pretend money: nothing real is at risk." : `This is a ${defaults.mode} account.`));
}

try {
  const { read } = await openForm(form, await fromBacktest(), explain);
  find("#preview").addEventListener("click", async ({ target }) => {
    const { name, trade_amount, sizing, rules, ...tried } = read(); // money counts for nothing here
    const line = find("#preview-line");
    clearErrors(form, note);
    say(line, "Trying it on the candles of the last 30 days …");
    target.disabled = true;
    try {
      say(line, (await post("/api/preview", tried)).sentence);
    } catch (refusal) {
      say(line, refusal.message);
    }
    target.disabled = false;
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearErrors(form, note);
    busy(form, true);
    try {
      const start = event.submitter?.value !== "create";
      const bot = await post("/api/create-bot", { ...read(), start }, { "Idempotency-Key": key });
      location.href = `/bot/${bot.id}`;
    } catch (refusal) {
      showErrors(form, refusal, note);
      busy(form, false);
    }
  });
} catch (refusal) {
  note.hidden = false;
  note.textContent = refusal.message;
  busy(form, true);
}
form.hidden = false; // not before: filling it would take away what somebody typed meanwhile
form.elements.name.focus();
