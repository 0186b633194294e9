// All bots: as a table or as cards, filtered, sorted, and told what to do together.

import { post } from "./api.js";
import { listen } from "./bot_actions.js";
import { botCard, statusChip, waitingSentence } from "./botcard.js";
import { attempt, choose, toast } from "./dialog.js";
import { find, findAll, h, render, say } from "./dom.js";
import { number, percent, plural, quantity, signed, tone } from "./format.js";
import { segmented } from "./segmented.js";
import { onOverview, refresh, serverNow } from "./shell.js";

const SORTS = {
  name: (bot) => bot.name.toLowerCase(),
  status: (bot) => bot.status,
  position: (bot) => Number(bot.position?.value ?? -1),
  trades: (bot) => bot.trades,
  equity: (bot) => Number(bot.equity ?? -1),
  profit: (bot) => Number(bot.profit),
  profit_percent: (bot) => Number(bot.profit_percent),
};

const chosen = new Set();
const search = find("#bots-search");
const status = find("#bots-status");
let overview = null;
let sort = { key: "", falling: false };

const botOf = (id) => overview?.bots.find((bot) => bot.id === id);

function matching() {
  const words = search.value.trim().toLowerCase();
  const found = overview.bots.filter((bot) =>
    [bot.name, bot.symbol, bot.strategy_title].some((text) => text.toLowerCase().includes(words)) &&
    (!status.value || (status.value === "holding" ? bot.position : bot.status === status.value)));
  if (!sort.key) return found;
  const value = SORTS[sort.key];
  return found.sort((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : a.id - b.id) * (sort.falling ? -1 : 1));
}

function row(bot) {
  const { position } = bot;
  return h("tr", { data: { key: bot.id, chosen: chosen.has(bot.id) ? "yes" : null } },
    h("td", { class: "pick" }, h("input", { type: "checkbox", "aria-label": `Choose ${bot.name}`, data: { pick: bot.id } })),
    h("td", { class: "name" }, h("a", { href: `/bot/${bot.id}`, dir: "auto" }, bot.name), h("div", { class: "small muted" }, `${bot.base}/${bot.quote} · ${bot.strategy_title}`)),
    h("td", {}, statusChip(bot)),
    h("td", { class: "wide sentence" }, h("span", { class: bot.failure ? "loss" : null, dir: "auto", title: waitingSentence(bot) }, waitingSentence(bot))),
    h("td", { class: "number" }, position ? [`${quantity(position.quantity)} ${bot.base}`, h("div", { class: `small ${tone(position.profit)}` }, signed(position.profit))] : h("span", { class: "muted" }, "flat")),
    h("td", { class: "number minor" }, bot.trades ? [String(bot.trades), h("div", { class: "small muted" }, `${bot.wins} won`)] : "0"),
    h("td", { class: "number minor" }, number(bot.equity)),
    h("td", { class: `number ${tone(bot.profit)}` }, signed(bot.profit)),
    h("td", { class: `number minor ${tone(bot.profit_percent)}` }, percent(bot.profit_percent)));
}

/** The summary of the chosen bots, or of all shown; figures of different money are never added. */
function summary(bots) {
  const some = bots.filter(({ id }) => chosen.has(id));
  const summed = some.length ? some : bots;
  const label = some.length ? `${plural(some.length, "chosen bot")}` : `${plural(bots.length, "bot")} shown`;
  const one = new Set(summed.map(({ quote }) => quote)).size === 1;
  const sum = (value) => (one && summed.every((bot) => value(bot) !== null) ? summed.reduce((total, bot) => total + Number(value(bot)), 0) : null);
  const profit = sum((bot) => bot.profit);
  const budget = sum((bot) => bot.trade_amount);
  const share = budget ? (profit / budget) * 100 : null;
  return h("tr", {},
    h("td", {}), h("td", {}, h("b", {}, label)), h("td", {}), h("td", { class: "wide muted small" }, one ? `in ${summed[0]?.quote ?? ""}` : "different quote coins are not added"),
    h("td", { class: "number" }, `${summed.filter(({ position }) => position).length} holding`),
    h("td", { class: "number minor" }, String(summed.reduce((total, { trades }) => total + trades, 0))),
    h("td", { class: "number minor" }, number(sum((bot) => bot.equity))),
    h("td", { class: `number ${tone(profit)}` }, signed(profit)),
    h("td", { class: `number minor ${tone(share)}` }, percent(share)));
}

function showBulk() {
  find("#bulk").hidden = chosen.size === 0;
  say(find("#bulk-count"), plural(chosen.size, "bot") + " chosen");
}

function show() {
  if (!overview) return;
  for (const id of chosen) if (!botOf(id)) chosen.delete(id);
  const any = overview.bots.length > 0;
  const bots = matching();
  const cards = view() === "cards";
  find("#bots-loading").hidden = true;
  find("#no-bots").hidden = any;
  find("#bots-tools").hidden = !any;
  find("#bots-none").hidden = !any || bots.length > 0;
  find("#bots-table").hidden = cards || !bots.length;
  find("#bot-cards").hidden = !cards || !bots.length;
  say(find("#bots-line"), any ? `${overview.totals.running} of ${overview.bots.length} running` : "");
  if (cards) return render(find("#bot-cards"), bots.map((bot) => botCard(bot, serverNow())));
  render(find("#bots-rows"), bots.map(row));
  for (const box of findAll("[data-pick]")) box.checked = chosen.has(Number(box.dataset.pick));
  const all = find("#pick-all");
  all.checked = bots.length > 0 && bots.every(({ id }) => chosen.has(id));
  all.indeterminate = !all.checked && bots.some(({ id }) => chosen.has(id));
  render(find("#bots-sum"), summary(bots));
  for (const button of findAll(".sort")) {
    const own = button.dataset.sort === sort.key;
    button.closest("th").setAttribute("aria-sort", own ? (sort.falling ? "descending" : "ascending") : "none");
  }
  return showBulk();
}

const view = segmented(find("#bots-view"), "view", (wanted) => {
  localStorage.setItem("bots-view", wanted);
  if (wanted === "cards") chosen.clear();
  showBulk();
  show();
});
view(localStorage.getItem("bots-view") ?? (innerWidth < 700 ? "cards" : "table"));

search.addEventListener("input", show);
status.addEventListener("change", show);
find("#bots-table").addEventListener("click", ({ target }) => {
  const button = target.closest(".sort");
  if (!button) return;
  const { sort: key } = button.dataset;
  sort = sort.key === key ? { key, falling: !sort.falling } : { key, falling: key !== "name" && key !== "status" };
  show();
});
find("#bots-table").addEventListener("change", ({ target }) => {
  const ids = target.id === "pick-all" ? matching().map(({ id }) => id) : [Number(target.dataset.pick)];
  for (const id of ids) chosen[target.checked ? "add" : "delete"](id);
  show();
});
find("#bulk-none").addEventListener("click", () => {
  chosen.clear();
  show();
});

/** Asks how the chosen bots stop, if any of them holds something. */
async function howToStop(bots) {
  const holding = bots.filter(({ position }) => position);
  if (!holding.length) return "keep";
  return choose({
    title: `Stop ${plural(bots.length, "bot")}?`,
    text: `${plural(holding.length, "bot")} of them ${holding.length === 1 ? "holds" : "hold"} a position.`,
    answers: [
      { key: "sell", label: `Sell ${plural(holding.length, "position")} and stop`, danger: true },
      { key: "keep", label: "Stop, keep them protected" },
    ],
  });
}

find("#bulk").addEventListener("click", async ({ target }) => {
  const action = target.closest("[data-bulk]")?.dataset.bulk;
  if (!action) return;
  const bots = [...chosen].map(botOf);
  const body = action === "stop" ? { how: await howToStop(bots) } : {};
  if (body.how === null) return;
  let done = 0;
  for (const bot of bots) if (await attempt(() => post(`/api/bot/${bot.id}/${action}`, body))) done += 1;
  if (done) toast(`${plural(done, "bot")} of ${bots.length}: ${{ start: "told to start", pause: "will enter no more", stop: "told to stop" }[action]}.`, "gain");
  chosen.clear();
  refresh();
  show();
});

listen(find("#bot-cards"), botOf, refresh);
onOverview((fresh) => {
  overview = fresh;
  show();
});
if (location.hash === "#search") search.focus();
