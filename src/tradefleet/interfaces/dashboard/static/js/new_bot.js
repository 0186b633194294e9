// Creating a bot: the form is made from the strategies' own parameters, the words say what it means.

import { get, post } from "./api.js";
import { clearErrors, parameterField, readForm, rhythms, ruleField, seconds, showErrors } from "./bot_form.js";
import { find, h, say } from "./dom.js";
import { number, price } from "./format.js";
import { symbolSearch } from "./symbol_search.js";

const form = find("#bot-form");
const note = find("#form-note");
const key = crypto.randomUUID();
let strategies = [];
let defaults = null;
let coin = null;

const chosenStrategy = () => strategies.find((strategy) => strategy.key === form.elements.strategy?.value);

function showStrategies() {
  find("#strategy-cards").replaceChildren(
    ...strategies.map((strategy, index) =>
      h("label", { class: "strategy-card" },
        h("span", { class: "name" }, h("input", { type: "radio", name: "strategy", value: strategy.key, checked: index === 0 }), strategy.title,
          strategy.source === "yours" ? h("span", { class: "chip" }, "yours") : null,
          strategy.needs_news ? h("span", { class: "chip", data: { tone: "accent" } }, "news") : null),
        h("p", {}, strategy.summary))),
  );
  showParameters();
}

function showParameters() {
  const strategy = chosenStrategy();
  if (!strategy) return;
  find("#parameters").replaceChildren(...strategy.parameters.map((parameter) => parameterField(parameter, defaults?.parameters?.[parameter.name])));
  say(find("#parameters-line"), `${strategy.parameters.length}, sensible as they are`);
  explain();
}

function fillRhythms() {
  const interval = form.elements.interval.value;
  const wanted = form.elements.every.value || defaults.every;
  const fit = rhythms(interval, defaults.every);
  const chosen = fit.includes(wanted) ? wanted : fit[0];
  form.elements.every.replaceChildren(...fit.map((every) => h("option", { value: every, selected: every === chosen }, every)));
}

function explain() {
  const amount = Number(form.elements.trade_amount.value);
  const stop = Number(form.elements.stop_loss.value);
  const target = Number(form.elements.take_profit.value);
  const quote = coin?.quote ?? defaults?.quote ?? "USDT";
  say(find("#quote-unit"), quote);
  say(find("#stop-help"), stop ? `−${stop} % of ${number(amount)} ${quote} = ${number((amount * stop) / 100)} ${quote}` : "Off: nothing limits a loss but you.");
  say(find("#target-help"), target ? `+${target} % of ${number(amount)} ${quote} = ${number((amount * target) / 100)} ${quote}` : "Off: only the strategy sells.");
  if (defaults) say(find("#amount-help"), `${number(defaults.unallocated)} ${quote} are unallocated.`);
  const strategy = chosenStrategy();
  if (!coin || !strategy || !amount) return;
  const looks = Math.round(86400 / seconds(form.elements.every.value || "15m"));
  find("#summary-words").replaceChildren(
    h("p", {}, `Watches ${coin.base} at ${price(coin.price)} ${quote} and looks ${looks.toLocaleString("en-GB")} times a day.`),
    h("p", {}, `Its first buy spends at most ${number(amount)} ${quote}, fee included.`),
    h("p", {}, stop ? `A stop ends a position about ${number((amount * stop) / 100 + amount * 0.002)} ${quote} down, fees included; a market that jumps over the stop can cost more.` : "Without a stop a position may lose all of its worth."),
    h("p", {}, target ? `A target ends it about ${number((amount * target) / 100 - amount * 0.002)} ${quote} up.` : ""),
    h("p", { class: "muted small" }, defaults.mode === "paper" ? "Pretend money: nothing real is at risk." : `This is a ${defaults.mode} account.`),
  );
}

form.addEventListener("input", (event) => {
  if (event.target.name === "strategy") showParameters();
  if (event.target.name === "interval") fillRhythms();
  explain();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearErrors(form, note);
  const start = event.submitter?.value === "start";
  const buttons = form.querySelectorAll('button[type="submit"]');
  for (const button of buttons) button.disabled = true;
  try {
    const bot = await post("/api/create-bot", { ...readForm(form, chosenStrategy()), start }, { "Idempotency-Key": key });
    location.href = `/bot/${bot.id}`;
  } catch (refusal) {
    showErrors(form, refusal, note);
    for (const button of buttons) button.disabled = false;
  }
});

symbolSearch(form.elements.symbol, find("#symbol-list"), find("#symbol-help"), (choice) => {
  coin = choice;
  if (!form.elements.name.value) form.elements.name.value = `${choice.base} Bot`;
  explain();
});

try {
  const [catalogue, rules, wanted] = await Promise.all([get("/api/strategies"), get("/api/rules"), get("/api/defaults")]);
  strategies = catalogue.strategies;
  defaults = wanted;
  for (const name of ["trade_amount", "stop_loss", "take_profit", "sizing"]) form.elements[name].value = defaults[name];
  form.elements.interval.replaceChildren(...defaults.intervals.map((interval) => h("option", { value: interval, selected: interval === defaults.interval }, interval)));
  fillRhythms();
  find("#rules").replaceChildren(...rules.rules.map((rule) => ruleField(rule, null)));
  showStrategies();
} catch (refusal) {
  note.hidden = false;
  note.textContent = refusal.message;
}
form.elements.name.focus();
