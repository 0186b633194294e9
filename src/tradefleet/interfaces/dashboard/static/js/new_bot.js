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

const address = new URLSearchParams(location.search);
const run = address.get("run");

/** What the run that the address names suggests for a bot, if the server hands it out; null without one. */
async function suggested() {
  if (!run) return null;
  const symbol = encodeURIComponent(address.get("symbol") ?? "");
  return { rules: {}, ...(await get(`/api/run/${encodeURIComponent(run)}/bot-settings?symbol=${symbol}`)) };
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
  const { read } = await openForm(form, await suggested(), explain);
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
      const bot = await post("/api/create-bot", { ...read(), start, ...(run ? { from_run: run } : {}) }, { "Idempotency-Key": key });
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
