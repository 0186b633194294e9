// One bot: its state and why, its chart, its position and money, and everything it ever did.

import { get } from "./api.js";
import { listen } from "./bot_actions.js";
import { actions, ledgerCard, positionCard, rulesCard } from "./bot_head.js";
import { botSettings } from "./bot_settings.js";
import { clockFace, statusChip, waitingSentence, whatItDoes } from "./botcard.js";
import { chartPanel } from "./chart_panel.js";
import { decisionList } from "./decisions.js";
import { toggleDiagnosis } from "./diagnosis.js";
import { find, render, say } from "./dom.js";
import { orderList, tradeList } from "./history.js";
import { logTail } from "./log_tail.js";
import { onOverview, refresh, serverNow } from "./shell.js";
import { tabs } from "./tabs.js";

const id = Number(location.pathname.split("/").at(-1));
const READ_MS = 1_500; // for the sentence that says what became of its coins
let bot = null;
let seen = "";
let settings = null;

function show() {
  say(find("#bot-name"), bot.name);
  render(find("#bot-status"), statusChip(bot));
  say(find("#bot-what"), whatItDoes(bot));
  render(find("#bot-actions"), actions(bot, serverNow()));
  const waits = find("#bot-waits");
  waits.dataset.tone = bot.failure ? "act" : "";
  say(find("#bot-sentence"), waitingSentence(bot));
  render(find("#bot-countdown"), clockFace(bot, serverNow()));
  render(find("#position-card"), positionCard(bot, serverNow()));
  render(find("#ledger-card"), ledgerCard(bot, bot.ledger));
  const rules = find("#rules-card");
  rules.hidden = !bot.guards?.length;
  render(rules, rulesCard(bot.guards ?? []));
}

const decisions = decisionList(id);
const chart = chartPanel(id, decisions, (from, to) => {
  tab.go("decisions");
  decisions.open(from, to);
});
const showTrades = tradeList(id, (entry, exit) => chart.goTo(entry, exit));
const showOrders = orderList(id);
const fetchLog = logTail(id, () => tab.shown() === "log");

async function openPanel(key) {
  if (!bot) return;
  try {
    if (key === "decisions") await decisions.refresh();
    if (key === "trades") await showTrades(bot);
    if (key === "orders") await showOrders(bot);
    if (key === "log") await fetchLog();
    if (key === "settings" && !settings) {
      settings = () => {};
      settings = await botSettings(bot, fetchDetails);
    }
  } catch {
    // what cannot be fetched now comes with the next news; the strip says that nothing is heard
  }
}

const tab = tabs(find('[role="tablist"]'), openPanel);

/** What is worth asking the server for more. */
const essence = ({ version, trades, position, last_decision_at, status, wish }) => JSON.stringify([version, trades, position?.quantity, last_decision_at, status, wish]);

// A bot that looks every second is not asked about every second.
const REST_MS = 2_000;
let fetched = 0;
let waiting = null;

function fetchSoon() {
  waiting ??= setTimeout(() => {
    waiting = null;
    fetchDetails().catch(() => { seen = ""; });
  }, Math.max(0, fetched + REST_MS - Date.now()));
}

async function fetchDetails() {
  fetched = Date.now();
  bot = await get(`/api/bot/${id}/details`);
  seen = essence(bot);
  show();
  chart.begin(bot);
  settings?.(bot);
  if (tab.shown() !== "decisions") decisions.refresh();
  openPanel(tab.shown());
}

listen(find("#bot-actions"), () => bot, (action, done) => {
  if (action === "erase" && done?.deleted) setTimeout(() => { location.href = "/bots"; }, READ_MS);
  else refresh();
  if (action === "arm" || action === "disarm") fetchSoon();
});
find("#bot-actions").addEventListener("click", (event) => event.target.closest("#ask-why") && toggleDiagnosis(id));

onOverview((overview) => {
  const fresh = overview.bots.find((other) => other.id === id);
  if (!bot) return;
  if (!fresh) {
    say(find("#bot-sentence"), "This bot is deleted. Its history stays in the store.");
    render(find("#bot-actions"));
    render(find("#bot-status"));
    return;
  }
  bot = { ...bot, ...fresh };
  show();
  chart.tick(bot);
  if (essence(fresh) !== seen) {
    seen = essence(fresh);
    fetchSoon();
  }
});

fetchDetails().catch((refusal) => {
  say(find("#bot-sentence"), refusal.message);
  find("#bot-waits").dataset.tone = "act";
});
