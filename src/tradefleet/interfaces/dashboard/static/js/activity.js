// What people did: who, when, to which bot.

import { get } from "./api.js";
import { find, h, render, say } from "./dom.js";
import { exactly, moment } from "./format.js";
import { onOverview } from "./shell.js";
import { capital, outcome, who } from "./words.js";

const ACTIONS = { create: "Created", update: "Changed", start: "Started", stop: "Stopped", pause: "Paused entries", delete: "Deleted", panic: "Stopped everything", reset: "Reset the stop of everything", receipt: "Left a receipt", arm: "Armed for live", arm_refused: "Refused to arm", disarm: "Disarmed", adopt: "Adopted coins", "write-off": "Wrote off", resume: "Resumed entries", restore: "Restored a backup", rebuild: "Rebuilt the books", reset_loss_limit: "Counts the day's loss anew", send_alert: "Sent a message", log_in: "Logged in", end_session: "Logged a browser out" };
const search = find("#activity-search");
let activities = null;
let names = new Map();

const botName = (id) => names.get(id) ?? `bot ${id}`;
const action = (key) => ACTIONS[key] ?? key.replaceAll("_", " ");

/** The detail in words; it begins with the bot's name of that time. */
function inWords({ action: key, detail, bot_id: id }) {
  const start = `${botName(id)}: `;
  const told = outcome(key, id && detail.startsWith(start) ? detail.slice(start.length) : detail);
  return key === "update" ? told : capital(told); // an update names fields
}

function row(activity, index) {
  return h("tr", { data: { key: `${activity.at} ${activity.action} ${activity.bot_id} ${index}` } },
    h("td", { class: "nowrap muted", title: exactly(activity.at) }, moment(activity.at)),
    h("td", { class: "nowrap" }, action(activity.action)),
    h("td", { class: "name" }, activity.bot_id ? (names.has(activity.bot_id) ? h("a", { href: `/bot/${activity.bot_id}`, dir: "auto" }, botName(activity.bot_id)) : h("span", { class: "muted" }, `bot ${activity.bot_id} (deleted)`)) : h("span", { class: "muted" }, "—")),
    h("td", { class: "name line", dir: "auto" }, inWords(activity)),
    h("td", { class: "muted" }, capital(who(activity.actor))));
}

function show() {
  if (!activities) return;
  const words = search.value.trim().toLowerCase();
  const found = activities.filter((one) => [action(one.action), one.detail, inWords(one), who(one.actor), one.bot_id ? botName(one.bot_id) : ""].some((text) => text.toLowerCase().includes(words)));
  find("#activity-tools").hidden = activities.length === 0;
  render(find("#activity"), found.length
    ? h("div", { class: "table-wrap flush" }, h("table", { class: "stacks" },
        h("thead", {}, h("tr", {}, h("th", {}, "When"), h("th", {}, "What"), h("th", {}, "Bot"), h("th", {}, "Details"), h("th", {}, "Who"))),
        h("tbody", {}, found.map(row))))
    : h("div", { class: "empty" }, h("h2", {}, activities.length ? "Nothing matches" : "Nothing yet"), h("p", {}, activities.length ? "Try another word." : "Whatever you create, change, start or stop is written down here.")));
}

async function fetchNow() {
  try {
    ({ activities } = await get("/api/activity?limit=500"));
    show();
  } catch (refusal) {
    render(find("#activity"), h("p", { class: "empty" }, refusal.message));
  }
}

search.addEventListener("input", show);
onOverview(({ bots }) => {
  names = new Map(bots.map(({ id, name }) => [id, name]));
  show();
});
fetchNow();
setInterval(() => document.hidden || fetchNow(), 5_000);
