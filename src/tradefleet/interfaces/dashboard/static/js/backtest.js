// The backtest page: the form made from the strategy's parameters and the kept candles, and all runs.

import { get, post, remove } from "./api.js";
import { clearErrors, parameterField, readParameters, rhythms, showErrors } from "./bot_form.js";
import { attempt } from "./dialog.js";
import { find, findAll, h, icon, render, say } from "./dom.js";
import { exactly, moment, percent, plural, seconds, tone } from "./format.js";
import { explainWallet, moreCoins, offerMoreCoins, readMoreCoins } from "./more_coins.js";
import { busy } from "./open_form.js";
import { played, stateChip } from "./runs.js";

const PLAIN = ["trade_amount", "stop_loss", "take_profit", "price_cap", "trailing_stop", "break_even", "sizing", "fee_percent", "slippage_percent", "every", "interval"];
const DAY_MS = 86_400_000;
const FEE = "0.1";

const form = find("#backtest-form");
const note = find("#form-note");
const fields = form.elements;
let strategies = [];
let kept = [];
let intervals = [];

const option = (value, text, chosen) => h("option", { value, selected: value === chosen }, text);
const day = (ms) => new Date(ms).toISOString().slice(0, 10);
const strategy = () => strategies.find(({ key }) => key === fields.strategy.value);
const candles = () => kept[Number(fields.candles.value)];

function showParameters(values = {}) {
  const chosen = strategy();
  say(find("#strategy-help"), chosen.needs_news ? "It reads news; a backtest from here has none, so it never buys." : chosen.summary);
  render(find("#parameters"));
  find("#parameters").replaceChildren(...chosen.parameters.map((parameter) => parameterField(parameter, values[parameter.name])));
  say(find("#parameters-line"), chosen.parameters.length ? `${chosen.parameters.length}, sensible as they are` : "none");
}

function showRhythms(every) {
  const fit = rhythms(fields.interval.value);
  const wanted = every ?? fields.every.value;
  fields.every.replaceChildren(...fit.map((one) => option(one, one, fit.includes(wanted) ? wanted : fit.includes("15m") ? "15m" : fit[0])));
}

/** Offers finer candles, where there are some of every coin that is played. */
function showFiner(wanted = fields.detail.value) {
  const [length, coins] = [seconds(fields.interval.value), [candles().symbol, ...moreCoins(form)]];
  const finer = intervals.filter((one) => seconds(one) < length && length % seconds(one) === 0 && coins.every((coin) => kept.some(({ symbol, interval }) => symbol === coin && interval === one)));
  fields.detail.replaceChildren(option("", "none", wanted), ...finer.map((one) => option(one, one, wanted)));
}

function showCandles(asked = {}) {
  const { symbol, interval, rows, first, last, missing } = candles();
  say(find("#candles-help"), `${rows.toLocaleString("en-GB")} candles${missing ? `, ${plural(missing, "candle")} missing` : ""}`);
  const longer = intervals.filter((one) => seconds(one) >= seconds(interval) && seconds(one) % seconds(interval) === 0);
  fields.interval.replaceChildren(...longer.map((one) => option(one, one, asked.interval ?? interval)));
  offerMoreCoins(form, kept, symbol, asked.more_symbols);
  showFiner(asked.detail ?? "");
  for (const field of [fields.start, fields.end]) [field.min, field.max] = [day(first), day(last + DAY_MS)];
  fields.start.value = asked.start?.slice(0, 10) ?? day(first);
  fields.end.value = asked.end?.slice(0, 10) ?? day(last + DAY_MS);
  showRhythms(asked.every);
}

async function openForm() {
  const again = new URLSearchParams(location.search).get("run");
  const [offered, { candles: all }, defaults, before] = await Promise.all([get("/api/strategies"), get("/api/kept-candles"), get("/api/defaults"), again ? get(`/api/run/${encodeURIComponent(again)}`) : null]);
  const asked = before?.asked ?? {};
  strategies = offered.strategies;
  kept = all.filter(({ rows, problem, tape }) => rows && !problem && !tape);
  ({ intervals } = defaults);
  find("#no-candles").hidden = kept.length > 0;
  if (!kept.length) return;
  fields.strategy.replaceChildren(...strategies.map(({ key, title }) => option(key, title || key, asked.strategy)));
  const known = kept.findIndex((one) => one.symbol === asked.symbol && seconds(asked.interval) % seconds(one.interval) === 0);
  fields.candles.replaceChildren(...kept.map(({ symbol, interval, first, last }, index) => option(String(index), `${symbol} ${interval}, ${day(first)} to ${day(last)}`, String(known))));
  const marketIfUntold = before ? { price_cap: "0" } : {}; // kept by a version that knew no cap
  const values = { ...defaults, fee_percent: FEE, slippage_percent: "0", ...marketIfUntold, ...asked };
  for (const name of PLAIN.slice(0, -2)) fields[name].value = values[name] ?? "0";
  showParameters(asked.parameters);
  showCandles(asked);
  explainWallet(form, String(asked.max_open ?? ""));
  for (const details of findAll("details", form)) details.open = Boolean(before);
  form.hidden = false; // not before: filling it would take away what somebody typed meanwhile
}

function read() {
  const body = { strategy: fields.strategy.value, symbol: candles().symbol, parameters: readParameters(form, strategy()), ...readMoreCoins(form) };
  for (const name of PLAIN) body[name] = fields[name].value.trim();
  for (const name of ["start", "end", "detail"]) if (fields[name].value) body[name] = fields[name].value;
  return body;
}

form.addEventListener("input", ({ target }) => {
  if (target.name === "strategy") showParameters();
  if (target.name === "candles") showCandles();
  if (target.name === "interval") {
    showRhythms();
    offerMoreCoins(form, kept, candles().symbol);
  }
  if (["interval", "more"].includes(target.name)) showFiner();
  explainWallet(form);
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearErrors(form, note);
  busy(form, true);
  try {
    const run = await post("/api/backtests", read());
    location.href = `/backtest/${run.id}`;
  } catch (refusal) {
    showErrors(form, refusal, note);
    busy(form, false);
  }
});

const figure = (value, minor, coloured) => h("td", { class: `number ${minor ? "minor" : ""} ${coloured ? tone(value) : ""}` }, value === undefined || value === null ? "—" : percent(100 * value));

function row(run) {
  const found = run.brief.metrics ?? {};
  const what = played(run);
  return h("tr", { data: { key: run.id } },
    h("td", { class: "pick" }, run.has_result ? h("input", { type: "checkbox", value: run.id, "aria-label": `Compare ${what}` }) : null),
    h("td", { class: "what" }, h("a", { href: `/backtest/${run.id}`, dir: "auto" }, what)),
    h("td", {}, stateChip(run)),
    figure(found.total_return, false, true),
    figure(found.buy_and_hold?.total_return),
    figure(found.max_drawdown, true),
    h("td", { class: "number minor" }, found.trades === undefined ? "—" : String(found.trades)),
    h("td", { class: "nowrap minor", title: exactly(run.started_at) }, moment(run.started_at)),
    h("td", { class: "end" }, h("button", { class: "button quiet small", type: "button", data: { forget: run.id }, "aria-label": `Delete ${what}` }, icon("trash"))));
}

const chosen = () => findAll("#runs input:checked").map(({ value }) => value);

function allowComparison() {
  find("#compare").disabled = chosen().length < 2 || chosen().length > 4;
}

async function showRuns() {
  try {
    const { runs } = await get("/api/runs?kind=backtest");
    render(find("#runs"), runs.length ? runs.map(row) : h("tr", {}, h("td", { colspan: "9", class: "muted" }, "There was none yet.")));
    allowComparison();
    if (runs.some(({ state }) => state === "running")) setTimeout(showRuns, 1_000);
  } catch (refusal) {
    render(find("#runs"), h("tr", {}, h("td", { colspan: "9" }, refusal.message)));
  }
}

find("#runs").addEventListener("change", allowComparison);
find("#runs").addEventListener("click", async ({ target }) => {
  const id = target.closest("[data-forget]")?.dataset.forget;
  if (!id) return;
  await attempt(() => remove(`/api/run/${id}`), "The run and its result are gone.");
  await showRuns();
});
find("#compare").addEventListener("click", () => {
  location.href = `/backtest/compare?${chosen().map((id) => `run=${id}`).join("&")}`;
});

await showRuns();
try {
  await openForm();
} catch (refusal) {
  form.hidden = false;
  note.hidden = false;
  note.textContent = refusal.message;
  busy(form, true);
}
