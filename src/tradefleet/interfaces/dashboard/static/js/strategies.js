// The strategies there are: what they do, what can be set, and which files cannot be used.

import { get } from "./api.js";
import { find, h, render, say } from "./dom.js";
import { NOTHING, plural } from "./format.js";
import { honesty, honestyOf, showNamed, watchHonesty } from "./honesty.js";
import { onOverview } from "./shell.js";

const users = new Map();
let catalogue = { strategies: [], faulty: [] };

function range({ kind, minimum, maximum, choices }) {
  if (choices.length) return choices.join(", ");
  if (kind === "bool") return "yes or no";
  if (minimum === null && maximum === null) return NOTHING;
  return `${minimum ?? "…"} to ${maximum ?? "…"}`;
}

const shown = (value) => (value === true ? "yes" : value === false ? "no" : String(value));

function parameters(list) {
  return h("details", {}, h("summary", {}, plural(list.length, "parameter")),
    h("div", { class: "table-wrap" }, h("table", {},
      h("thead", {}, h("tr", {}, h("th", {}, "Name"), h("th", { class: "number" }, "Default"), h("th", { class: "number" }, "Range"), h("th", {}, "What it means"))),
      h("tbody", {}, list.map((parameter) =>
        h("tr", {}, h("td", { class: "nowrap" }, parameter.name.replaceAll("_", " ")), h("td", { class: "number" }, shown(parameter.default)), h("td", { class: "number" }, range(parameter)), h("td", {}, parameter.help)))))));
}

/** Words between backticks are names. */
const withCode = (text) => text.split("`").map((part, index) => (index % 2 ? h("code", {}, part) : part));

/** The doc without the first sentence, which is the summary. */
function more({ doc, summary }) {
  const rest = doc.startsWith(summary) ? doc.slice(summary.length).trim() : doc.trim();
  return rest.split(/\n\s*\n/).filter((part) => part && part !== summary).map((part) => h("p", { class: "muted", dir: "auto" }, withCode(part.replace(/\s*\n\s*/g, " "))));
}

function card(strategy) {
  const bots = users.get(strategy.key) ?? [];
  return h("section", { class: "card stack strategy", id: strategy.key, data: { key: strategy.key } },
    h("div", { class: "row" }, h("h2", { dir: "auto" }, strategy.title || strategy.key), h("code", { class: "muted" }, strategy.key),
      strategy.source === "yours" ? h("span", { class: "chip", data: { tone: "accent" } }, "yours") : null,
      strategy.needs_news ? h("span", { class: "chip", data: { tone: "accent" } }, "reads news") : null,
      strategy.native ? null : h("span", { class: "chip" }, "analyze(data)"),
      h("span", { class: "muted small push" }, `looks at the last ${strategy.warmup.toLocaleString("en-GB")} candles`)),
    h("p", { dir: "auto" }, strategy.summary || "It says nothing about itself."),
    ...more(strategy),
    strategy.parameters.length ? parameters(strategy.parameters) : null,
    honesty(strategy),
    h("p", { class: "small muted" }, bots.length ? ["Used by ", ...bots.flatMap((bot, index) => [index ? ", " : "", h("a", { href: `/bot/${bot.id}`, dir: "auto" }, bot.name)])] : "No bot uses it."));
}

function show() {
  const { strategies, faulty } = catalogue;
  render(find("#faulty"), faulty.map(({ file, error }) =>
    h("div", { class: "note", data: { tone: "act", key: file } }, h("div", {}, h("b", { dir: "auto" }, file), " cannot be used. No bot is harmed by it. ", h("div", { class: "mono error-text", dir: "auto" }, error)))));
  if (strategies.length) render(find("#strategies"), strategies.map(card));
  say(find("#strategies-line"), strategies.length ? `${strategies.length} to choose from${faulty.length ? `, ${plural(faulty.length, "file")} with an error` : ""}` : "");
}

async function fetchNow() {
  try {
    catalogue = await get("/api/strategies");
    show();
  } catch (refusal) {
    say(find("#strategies-line"), refusal.message);
  }
}

onOverview(({ bots }) => {
  users.clear();
  for (const bot of bots) users.set(bot.strategy, [...(users.get(bot.strategy) ?? []), bot]);
  show();
});
watchHonesty(find("#strategies"), () => catalogue.strategies, show);
await Promise.all([fetchNow(), honestyOf()]);
show();
if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
showNamed(find("#strategies"));
setInterval(() => document.hidden || fetchNow(), 5_000);
