// The optimisation page: what to try around a kept backtest, and the searches there were.

import { get, post, remove } from "./api.js";
import { clearErrors, showErrors } from "./bot_form.js";
import { attempt } from "./dialog.js";
import { find, findAll, h, icon, render } from "./dom.js";
import { exactly, moment } from "./format.js";
import { busy } from "./open_form.js";
import { played, stateChip } from "./runs.js";

const NUMBERS = ["trials", "folds", "train", "test", "seed"];
const LEVELS = [{ name: "stop_loss", help: "Percent." }, { name: "take_profit", help: "Percent." }];
const TONES = { "holds out of sample": "gain", "no better than chance": "act" };

const form = find("#optimise-form");
const note = find("#form-note");
const fields = form.elements;
let strategies = [];
let bases = [];

function showSpace() {
  const base = bases.find(({ id }) => id === fields.run.value);
  const chosen = strategies.find(({ key }) => key === base.asked.strategy);
  const tried = [...(chosen?.parameters ?? []).filter(({ kind }) => kind !== "str"), ...LEVELS];
  find("#space").replaceChildren(...tried.map(({ name, help, minimum, maximum }) =>
    h("div", { class: "field" }, h("label", { for: `s-${name}` }, name.replaceAll("_", " ")),
      h("input", { id: `s-${name}`, autocomplete: "off", placeholder: String(base.asked.parameters?.[name] ?? base.asked[name] ?? "as it is"), data: { space: name } }),
      h("p", { class: "help" }, `${help}${minimum === undefined || minimum === null ? "" : ` ${minimum} to ${maximum}.`}`))));
}

/** Fills in what an earlier search was asked. */
function repeat(asked) {
  for (const name of [...NUMBERS, "method", "objective"]) if (asked[name] !== undefined) fields[name].value = String(asked[name]);
  fields.anchored.checked = Boolean(asked.anchored);
  find("#walk").open = ["folds", "train", "test", "anchored"].some((name) => asked[name]);
  for (const input of findAll("[data-space]", form)) input.value = asked.space[input.dataset.space] ?? "";
}

async function openForm() {
  const wanted = new URLSearchParams(location.search).get("run");
  const [offered, { runs }, before] = await Promise.all([get("/api/strategies"), get("/api/runs?kind=backtest"), wanted ? get(`/api/run/${encodeURIComponent(wanted)}`) : null]);
  const again = before?.kind === "optimise" ? before.asked : null;
  strategies = offered.strategies;
  bases = runs.filter(({ state, asked }) => state !== "failed" && !asked.more_symbols?.length);
  find("#no-backtests").hidden = bases.length > 0;
  if (!bases.length) return;
  fields.run.replaceChildren(...bases.map((run) => h("option", { value: run.id, selected: run.id === (again?.run ?? wanted) }, `${played(run)}, ${moment(run.started_at)}`)));
  showSpace();
  if (again) repeat(again);
  form.hidden = false;
}

/** What was typed as a number; what is none stays text, so that the server says why not. */
function typed({ value }) {
  const text = value.trim();
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text || null;
}

function read() {
  const space = {};
  for (const input of findAll("[data-space]", form)) if (input.value.trim()) space[input.dataset.space] = input.value.trim();
  const body = { run: fields.run.value, method: fields.method.value, objective: fields.objective.value, anchored: fields.anchored.checked, space };
  for (const name of NUMBERS) {
    const text = fields[name].value.trim();
    if (text) body[name] = /^\d{1,9}$/.test(text) ? Number(text) : text; // what is no number the server refuses by name
  }
  return body;
}

fields.run.addEventListener("change", showSpace);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearErrors(form, note);
  busy(form, true);
  try {
    location.href = `/optimise/${(await post("/api/optimisations", read())).id}`;
  } catch (refusal) {
    showErrors(form, refusal, note);
    busy(form, false);
  }
});

function row(run) {
  const word = run.brief.verdict?.word;
  return h("tr", { data: { key: run.id } },
    h("td", { class: "what" }, h("a", { href: `/optimise/${run.id}`, dir: "auto" }, played(run))),
    h("td", {}, stateChip(run)),
    h("td", {}, word ? h("span", { class: "chip", data: { tone: TONES[word] ?? "look" } }, word) : "—"),
    h("td", { class: "nowrap minor", title: exactly(run.started_at) }, moment(run.started_at)),
    h("td", { class: "end" }, h("button", { class: "button quiet small", type: "button", data: { forget: run.id }, "aria-label": `Delete ${played(run)}` }, icon("trash"))));
}

async function showRuns() {
  const { runs } = await get("/api/runs?kind=optimise");
  render(find("#runs"), runs.length ? runs.map(row) : h("tr", {}, h("td", { colspan: "5", class: "muted" }, "There was none yet.")));
  if (runs.some(({ state }) => state === "running")) setTimeout(showRuns, 1_000);
}

find("#runs").addEventListener("click", async ({ target }) => {
  const id = target.closest("[data-forget]")?.dataset.forget;
  if (!id) return;
  await attempt(() => remove(`/api/run/${id}`), "The search and its result are gone.");
  await showRuns();
});

await attempt(showRuns);
await attempt(openForm);
