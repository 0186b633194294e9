// Whether a strategy can be believed: the test from its card, and what the newest one found.

import { get, post } from "./api.js";
import { parameterField, readParameters } from "./bot_form.js";
import { h } from "./dom.js";
import { exactly, moment } from "./format.js";
import { follow, stateChip } from "./runs.js";

const HELD = { true: ["gain", "holds"], false: ["act", "broken"], null: ["look", "unknown"] };
const LAWS = { determinism: "Says the same twice", "look-ahead": "Does not look ahead", "warm-up": "Warms up long enough", agreement: "Says one thing only" };

const newest = new Map(); // strategy → its newest run, with the document once it has one
const refusals = new Map(); // strategy → why its test could not begin
let kept = [];
let given = {}; // what a backtest or a bot that the address names is played with

/** Fetches the tests there were, and the candles there are. */
export async function honestyOf() {
  const [{ runs }, { candles }, named] = await Promise.all([get("/api/runs?kind=check"), get("/api/kept-candles"), settingsNamed()]);
  given = named;
  kept = candles.filter(({ rows, problem, tape }) => rows && !problem && !tape);
  for (const run of [...runs].reverse()) newest.set(run.asked.strategy, run);
  await Promise.all([...newest.values()].map(learn));
}

/** Settings of the backtest (`?run=`) or the bot (`?bot=`) in the address. */
async function settingsNamed() {
  const address = new URLSearchParams(location.search);
  const [run, bot] = [address.get("run"), address.get("bot")];
  if (run) return (await get(`/api/run/${encodeURIComponent(run)}`)).asked;
  return bot ? get(`/api/bot/${encodeURIComponent(bot)}/details`) : {};
}

async function learn(run) {
  const found = run.has_result ? await get(`/api/run/${run.id}/document`) : null;
  newest.set(run.asked.strategy, { ...run, found });
}

function verdict({ found }) {
  return [
    h("p", {}, h("b", {}, found.honest ? "Every law holds: a backtest of it can be believed." : "Do not believe a backtest of it.")),
    h("ul", { class: "laws" }, found.checks.map(({ law, held, sentence }) =>
      h("li", { data: { key: law } }, h("span", { class: "chip", data: { tone: HELD[held][0] } }, HELD[held][1]), h("span", {}, h("b", {}, LAWS[law] ?? law), h("span", { class: "muted", dir: "auto" }, ` ${sentence}`))))),
    ...found.remarks.map((remark) => h("p", { class: "small muted", dir: "auto" }, remark)),
  ];
}

function result(run) {
  if (run.found) return verdict(run);
  if (run.state === "failed") return [h("p", { class: "error-text", dir: "auto" }, `The test came to nothing: ${run.problem}`)];
  return [];
}

/** The parameters a strategy is tested with; those of the address, if they are of this one. */
function settings({ key, parameters }) {
  const own = given.strategy === key ? given.parameters : {};
  return h("details", { data: { key: "settings" } }, h("summary", {}, "With other parameters"),
    h("div", { class: "form-grid" }, parameters.map((parameter) => parameterField(parameter, own[parameter.name], "parameters", `${key}-`))));
}

const differing = (asked) => Object.entries(asked.parameters ?? {}).map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`).join(", ");

/** What was tested: the candles, and the parameters that were not the default ones. */
function tested({ started_at, asked }) {
  const other = differing(asked);
  return `tested ${moment(started_at)} on ${asked.symbol} ${asked.interval}${other ? ` with ${other}` : ""}`;
}

/** The part of a strategy's card about its honesty. */
export function honesty(strategy) {
  const { key } = strategy;
  const run = newest.get(key);
  const running = run?.state === "running";
  const refusal = refusals.get(key);
  const wanted = kept.findIndex(({ symbol, interval }) => symbol === given.symbol && interval === given.interval);
  return h("form", { class: "stack honesty", novalidate: true, data: { key: "honesty", honesty: key } },
    h("div", { class: "row" }, h("h3", {}, "Can a backtest of it be believed?"),
      running ? stateChip(run) : null,
      run && !running ? h("span", { class: "muted small", title: exactly(run.started_at) }, tested(run)) : null,
      kept.length ? h("select", { "aria-label": "Candles to test on", data: { candles: key } }, kept.map(({ symbol, interval }, index) => h("option", { value: String(index), selected: index === wanted }, `${symbol} ${interval}`))) : null,
      h("button", { class: "button small", type: "submit", data: { check: key }, disabled: running || !kept.length, title: kept.length ? null : "There are no candles to test on; see the page Backtest." }, run && !running ? "Test again" : "Test its honesty")),
    strategy.parameters.length ? settings(strategy) : null,
    refusal ? h("p", { class: "error-text" }, refusal) : null,
    ...(run ? result(run) : []));
}

/** Opens the card of the strategy whose settings the address names; once, or nobody could close it. */
export function showNamed(list) {
  const card = given.strategy && list.querySelector(`#${CSS.escape(given.strategy)}`);
  if (!card) return;
  card.querySelector("form details")?.setAttribute("open", "");
  card.querySelector("form").scrollIntoView();
}

/** Lets the forms in `list` start tests of `strategies()`; `show()` draws the cards anew. */
export function watchHonesty(list, strategies, show) {
  list.addEventListener("submit", async (event) => {
    const form = event.target;
    const key = form.dataset.honesty;
    if (!key) return;
    event.preventDefault();
    refusals.delete(key);
    try {
      const place = list.querySelector(`[data-candles="${CSS.escape(key)}"]`).value;
      const { symbol, interval } = kept[Number(place)];
      const parameters = readParameters(form, strategies().find((one) => one.key === key));
      const begun = await post("/api/strategy-checks", { strategy: key, symbol, interval, parameters });
      await learn(await follow(begun.id, (run) => {
        newest.set(key, run);
        show();
      }));
    } catch (refusal) {
      refusals.set(key, refusal.message);
      form.elements[refusal.field]?.focus();
    }
    show();
  });
}
