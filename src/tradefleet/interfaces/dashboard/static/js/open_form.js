// A bot's form, filled and kept consistent: to create a bot, or to change one.

import { get } from "./api.js";
import { parameterField, readForm, rhythms, ruleField } from "./bot_form.js";
import { find, findAll, h, say } from "./dom.js";
import { number } from "./format.js";
import { symbolSearch } from "./symbol_search.js";

const PLAIN = ["name", "symbol", "trade_amount", "stop_loss", "take_profit", "price_cap", "trailing_stop", "break_even", "sizing"];

const option = (value, chosen) => h("option", { value, selected: value === chosen }, value);

function strategyCard(strategy, chosen) {
  return h("label", { class: "strategy-card" },
    h("span", { class: "name" }, h("input", { type: "radio", name: "strategy", value: strategy.key, checked: strategy.key === chosen }), h("span", { dir: "auto" }, strategy.title || strategy.key),
      strategy.source === "yours" ? h("span", { class: "chip" }, "yours") : null,
      strategy.needs_news ? h("span", { class: "chip", data: { tone: "accent" } }, "news") : null),
    h("p", { dir: "auto" }, strategy.summary));
}

/** What a percentage of an amount means in money. */
function inMoney(percent, amount, quote, sign, off) {
  return percent ? `${sign}${percent} % of ${number(amount)} ${quote} = ${number((amount * percent) / 100)} ${quote}` : off;
}

/**
 * Fills `form` with what the server offers and, given a `bot`, with its values.
 * `onChange(state)` hears every change; `state` has { strategy, coin, defaults, quote }.
 * Returns { read, state }: `read()` gives the form as the server wants it.
 */
export async function openForm(form, bot, onChange) {
  const [{ strategies }, { rules }, defaults] = await Promise.all([get("/api/strategies"), get("/api/rules"), get("/api/defaults")]);
  const fields = form.elements;
  const values = { ...defaults, symbol: "", ...bot };
  const state = { coin: null, defaults, quote: bot?.quote ?? defaults.quote };

  const showParameters = () => {
    const strategy = strategies.find(({ key }) => key === fields.strategy.value);
    state.strategy = strategy;
    const usual = defaults.parameters[strategy?.key] ?? {};
    const own = bot && strategy?.key === bot.strategy ? bot.parameters : usual;
    find("#parameters", form).replaceChildren(...(strategy?.parameters ?? []).map((parameter) => parameterField(parameter, own[parameter.name])));
    const count = strategy?.parameters.length ?? 0;
    say(find("#parameters-line", form), count ? `${count}, sensible as they are` : "none");
  };

  const fillRhythms = (wanted) => {
    const fit = rhythms(fields.interval.value, values.every);
    fields.every.replaceChildren(...fit.map((every) => option(every, fit.includes(wanted) ? wanted : fit[0])));
  };

  const explain = () => {
    const amount = Number(fields.trade_amount.value) || 0;
    say(find("#quote-unit", form), state.quote);
    say(find("#stop-help", form), inMoney(Number(fields.stop_loss.value), amount, state.quote, "−", "Off: nothing limits a loss but you."));
    say(find("#target-help", form), inMoney(Number(fields.take_profit.value), amount, state.quote, "+", "Off: only the strategy sells."));
    say(find("#amount-help", form), `${number(defaults.unallocated)} ${defaults.quote} are unallocated.`);
    onChange(state);
  };

  for (const name of PLAIN) fields[name].value = values[name] ?? "";
  fields.bot_side_stop.checked = Boolean(values.bot_side_stop);
  fields.interval.replaceChildren(...defaults.intervals.map((interval) => option(interval, values.interval)));
  fillRhythms(values.every);
  const chosen = bot?.strategy ?? strategies[0]?.key;
  find("#strategy-cards", form).replaceChildren(...strategies.map((strategy) => strategyCard(strategy, chosen)));
  find("#rules", form).replaceChildren(...rules.map((rule) => ruleField(rule, bot?.rules?.[rule.key])));
  showParameters();

  symbolSearch(fields.symbol, find("#symbol-list", form), find("#symbol-help", form), (coin) => {
    state.coin = coin;
    state.quote = coin.quote;
    if (!fields.name.value) fields.name.value = `${coin.base} Bot`;
    explain();
  });
  form.addEventListener("input", ({ target }) => {
    if (target.name === "strategy") showParameters();
    if (target.name === "interval") fillRhythms(fields.every.value);
    explain();
  });
  explain();
  return { state, read: () => readForm(form, state.strategy) };
}

/** Locks a form's buttons while the server thinks. */
export function busy(form, wait) {
  for (const button of findAll('button[type="submit"]', form)) button.disabled = wait;
}
