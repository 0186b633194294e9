// The candles: what is kept, files of one's own, downloads from Binance.

import { get, post, remove, Refusal } from "./api.js";
import { clearErrors, showErrors } from "./bot_form.js";
import { attempt, choose } from "./dialog.js";
import { find, h, icon, render, say } from "./dom.js";
import { bytes, exactly, moment, plural } from "./format.js";
import { busy } from "./open_form.js";
import { stateChip } from "./runs.js";
import { partsOf, takeIn } from "./upload.js";

const SHOWN = 10; // runs; older ones are of no interest
const PAUSE_MS = 1_000;
const USUAL = "5m";
const SOURCES = 2;

const uploadForm = find("#upload-form");
const downloadForm = find("#download-form");
const outcomes = new Map(); // run that has ended → what became of each part of it

const count = (rows) => rows.toLocaleString("en-GB");
const day = (ms) => new Date(ms).toISOString().slice(0, 10);

/** What became of a file or of an order, in words and with a tone. */
function outcome({ problem, symbol, interval, rows, added, conflicts, steps, kept }) {
  if (problem) return ["act", problem];
  if (steps) return [kept ? "gain" : "act", kept ? `${plural(steps.reduce((sum, step) => sum + step.added, 0), "new candle")} of ${symbol} ${interval}` : `There are no ${interval} candles of ${symbol} in that time.`];
  const said = `${plural(rows, "candle")} of ${symbol} ${interval}, ${count(added)} of them new`;
  if (!conflicts) return ["gain", said];
  return ["look", `${said}; ${plural(conflicts, "candle")} with other figures than those kept`];
}

const sentences = (parts) => parts.map((part) => outcome(part)[1]).join("; ");

// --- what is kept

function keptRow(one) {
  const what = `${one.symbol} ${one.interval}`;
  const from = one.tape ? `recorded for bots, ${one.tape}` : one.sources.slice(-SOURCES).reverse().join(", ");
  return h("tr", { data: { key: `${what} ${one.tape}` } },
    h("td", { class: "what" }, h("b", {}, what)),
    h("td", { class: "number" }, one.problem ? "—" : count(one.rows)),
    h("td", { class: "nowrap line" }, one.problem ? "—" : `${day(one.first)} to ${day(one.last)}`),
    h("td", {}, one.problem ? h("span", { class: "error-text" }, one.problem) : one.gaps ? `${plural(one.gaps, "gap")}, ${count(one.missing)} missing` : "no gap"),
    h("td", { class: "number minor" }, bytes(one.size)),
    h("td", { class: "minor small muted", dir: "auto" }, from),
    h("td", { class: "end" }, one.tape ? null : h("button", { class: "button quiet small", type: "button", data: { symbol: one.symbol, interval: one.interval, rows: one.rows }, "aria-label": `Delete ${what}` }, icon("trash"))));
}

async function showKept() {
  const { candles } = await get("/api/kept-candles");
  render(find("#kept"), candles.length ? candles.map(keptRow) : h("tr", {}, h("td", { colspan: "7", class: "muted" }, "None yet: take in a file or download some, below.")));
}

find("#kept").addEventListener("click", async ({ target }) => {
  const { symbol, interval, rows } = target.closest("[data-symbol]")?.dataset ?? {};
  if (!symbol) return;
  const label = `Delete ${plural(Number(rows), "candle")} of ${symbol} ${interval}`;
  const text = "Backtests that were played keep their results. To play on these candles again, fetch or take them in again.";
  if (!(await choose({ title: label, text, answers: [{ key: "delete", label, danger: true }], leave: "Keep them" }))) return;
  await attempt(() => remove(`/api/kept-candles/${symbol}/${interval}`), `The ${interval} candles of ${symbol} are gone.`);
  await attempt(showKept);
});

// --- runs

function runRow(run) {
  const { asked } = run;
  const what = asked.file ?? `${asked.symbol} ${asked.interval} from ${asked.start}${asked.end ? ` to ${asked.end}` : ""}`;
  const parts = outcomes.get(run.id);
  return h("tr", { data: { key: run.id } },
    h("td", { class: "what", dir: "auto" }, what),
    h("td", {}, run.state === "done" && parts?.some(({ problem }) => problem) ? h("span", { class: "chip", data: { tone: "act" } }, "refused") : stateChip(run)),
    h("td", { class: "line", dir: "auto" }, run.state === "running" ? run.progress : parts ? sentences(parts) : "—"),
    h("td", { class: "nowrap minor", title: exactly(run.started_at) }, moment(run.started_at)),
    h("td", { class: "end" }, run.state === "running"
      ? h("button", { class: "button small", type: "button", data: { cancel: run.id } }, "Break off")
      : h("button", { class: "button quiet small", type: "button", data: { forget: run.id }, "aria-label": `Delete the note about ${what}` }, icon("trash"))));
}

let waiting = 0;

async function showRuns() {
  clearTimeout(waiting);
  const runs = (await get("/api/runs?kind=candles")).runs.slice(0, SHOWN);
  const ended = runs.filter(({ id, state }) => state !== "running" && !outcomes.has(id));
  await Promise.all(ended.map(async (run) => outcomes.set(run.id, await partsOf(run))));
  render(find("#runs"), runs.length ? runs.map(runRow) : h("tr", {}, h("td", { colspan: "5", class: "muted" }, "Nothing yet.")));
  if (ended.length) await showKept();
  if (runs.some(({ state }) => state === "running")) waiting = setTimeout(() => attempt(showRuns), PAUSE_MS);
}

find("#runs").addEventListener("click", async ({ target }) => {
  const { cancel, forget } = target.closest("[data-cancel], [data-forget]")?.dataset ?? {};
  if (cancel) await attempt(() => post(`/api/run/${cancel}/cancel`), "What has come is kept.");
  if (forget) await attempt(() => remove(`/api/run/${forget}`));
  if (cancel || forget) await attempt(showRuns);
});

// --- files of one's own

/** Sends one file; returns what became of each part of it, a refusal too. */
async function takeOneIn(file, wanted) {
  const [line, bar, largest] = [find("#upload-line"), find("progress", uploadForm), Number(uploadForm.dataset.largest)];
  if (file.size > largest) return [{ problem: `expected at most ${largest / 2 ** 20} MiB, ${file.name} has ${Math.ceil(file.size / 2 ** 20)}; the terminal takes larger ones: tradefleet data import FILE` }];
  say(line, `Sending ${file.name} …`);
  bar.hidden = false;
  try {
    return await takeIn(file, {
      ...wanted,
      onShare: (share) => (bar.value = share),
      onTaking: () => say(line, `Taking in ${file.name} …`),
    });
  } catch (refusal) {
    return [{ problem: refusal.message }];
  }
}

/** Takes in one file after the other; one that is refused hinders no other. */
async function takeAllIn(files) {
  const { symbol, interval, replace } = uploadForm.elements;
  const wanted = { symbol: symbol.value.trim(), interval: interval.value, replace: replace.checked };
  const list = find("#outcomes");
  const problems = [];
  list.replaceChildren();
  for (const file of files) {
    for (const part of await takeOneIn(file, wanted)) {
      const [tone, words] = outcome(part);
      list.append(h("li", {}, h("span", { class: "chip", data: { tone } }, part.problem ? "refused" : "taken in"), h("span", { dir: "auto" }, `${file.name}: ${words}`)));
      if (part.problem) problems.push(part.problem);
    }
    list.hidden = false;
  }
  if (problems.length) throw new Refusal({ field: "file", detail: problems.join("; ") });
}

uploadForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const note = find(".note", uploadForm);
  clearErrors(uploadForm, note);
  busy(uploadForm, true);
  try {
    const files = [...uploadForm.elements.file.files];
    if (!files.length) throw new Refusal({ field: "file", detail: "Choose a file first." });
    await takeAllIn(files);
    uploadForm.elements.file.value = "";
  } catch (refusal) {
    showErrors(uploadForm, refusal, note);
  }
  say(find("#upload-line"), "");
  find("progress", uploadForm).hidden = true;
  busy(uploadForm, false);
  await attempt(showRuns);
});

// --- downloads

downloadForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const note = find(".note", downloadForm);
  const { symbol, interval, start, end } = downloadForm.elements;
  clearErrors(downloadForm, note);
  busy(downloadForm, true);
  try {
    await post("/api/candle-downloads", { symbol: symbol.value.trim().toUpperCase(), interval: interval.value, start: start.value, ...(end.value ? { end: end.value } : {}) });
  } catch (refusal) {
    showErrors(downloadForm, refusal, note);
  }
  busy(downloadForm, false);
  await attempt(showRuns);
});

await attempt(async () => {
  const { intervals } = await get("/api/defaults");
  find("#f-long").append(...intervals.map((one) => h("option", { value: one }, one)));
  find("#d-interval").replaceChildren(...intervals.map((one) => h("option", { value: one, selected: one === USUAL }, one)));
});
await attempt(showKept);
await attempt(showRuns);
