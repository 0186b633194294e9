// Whether a strategy can be believed: the test from its card, and what the newest one found.

import { get, post } from "./api.js";
import { h } from "./dom.js";
import { exactly, moment } from "./format.js";
import { follow, stateChip } from "./runs.js";

const HELD = { true: ["gain", "holds"], false: ["act", "broken"], null: ["look", "unknown"] };
const LAWS = { determinism: "Says the same twice", "look-ahead": "Does not look ahead", "warm-up": "Warms up long enough", agreement: "Says one thing only" };

const newest = new Map(); // strategy → its newest run, with the document once it has one
const refusals = new Map(); // strategy → why its test could not begin
let kept = [];

/** Fetches the tests there were, and the candles there are. */
export async function honestyOf() {
  const [{ runs }, { candles }] = await Promise.all([get("/api/runs?kind=check"), get("/api/kept-candles")]);
  kept = candles.filter(({ rows, problem }) => rows && !problem);
  for (const run of [...runs].reverse()) newest.set(run.asked.strategy, run);
  await Promise.all([...newest.values()].map(learn));
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

/** The part of a strategy's card about its honesty. */
export function honesty(key) {
  const run = newest.get(key);
  const running = run?.state === "running";
  const refusal = refusals.get(key);
  return h("div", { class: "stack honesty", data: { key: "honesty" } },
    h("div", { class: "row" }, h("h3", {}, "Can a backtest of it be believed?"),
      running ? stateChip(run) : null,
      run && !running ? h("span", { class: "muted small", title: exactly(run.started_at) }, `tested ${moment(run.started_at)} on ${run.asked.symbol} ${run.asked.interval}`) : null,
      kept.length ? h("select", { "aria-label": "Candles to test on", data: { candles: key } }, kept.map(({ symbol, interval }, index) => h("option", { value: String(index) }, `${symbol} ${interval}`))) : null,
      h("button", { class: "button small", type: "button", data: { check: key }, disabled: running || !kept.length, title: kept.length ? null : "There are no candles to test on; see the page Backtest." }, run && !running ? "Test again" : "Test its honesty")),
    refusal ? h("p", { class: "error-text" }, refusal) : null,
    ...(run ? result(run) : []));
}

/** Lets the buttons in `list` start tests; `show()` draws the cards anew. */
export function watchHonesty(list, show) {
  list.addEventListener("click", async ({ target }) => {
    const key = target.closest("[data-check]")?.dataset.check;
    if (!key) return;
    refusals.delete(key);
    try {
      const place = list.querySelector(`[data-candles="${CSS.escape(key)}"]`).value;
      const { symbol, interval } = kept[Number(place)];
      const begun = await post("/api/strategy-checks", { strategy: key, symbol, interval });
      await learn(await follow(begun.id, (run) => {
        newest.set(key, run);
        show();
      }));
    } catch (refusal) {
      refusals.set(key, refusal.message);
    }
    show();
  });
}
