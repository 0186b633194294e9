// What a person can do to a bot. Whatever cannot be taken back is asked for by its outcome.

import { get, post, remove } from "./api.js";
import { arm, disarm } from "./arming.js";
import { attempt, choose, toast } from "./dialog.js";
import { h } from "./dom.js";
import { number, quantity } from "./format.js";

// A bot that still sells or stops is asked again until it is gone.
const DELETE_AGAIN_MS = 1_500;
const DELETE_TIMES = 20;
const RECEIPT_AGAIN_MS = 1_000;
const RECEIPT_TIMES = 20;

const coins = (bot) => `${quantity(bot.position.quantity)} ${bot.base}`;
const holds = (bot) => `It holds ${coins(bot)}, worth ${number(bot.position.value)} ${bot.quote}.`;

async function start(bot) {
  return attempt(() => post(`/api/bot/${bot.id}/start`), `${bot.name} starts.`);
}

async function pause(bot) {
  return attempt(() => post(`/api/bot/${bot.id}/pause`), `${bot.name} enters no more; an open position is still looked after.`);
}

async function stop(bot) {
  let how = "keep";
  if (bot.position) {
    how = await choose({
      title: `Stop ${bot.name}?`,
      text: [holds(bot), h("p", { class: "muted" }, "Keeping leaves the coins with their stop and target resting; they go on protecting it while the bot is off.")],
      answers: [
        { key: "sell", label: `Sell ${coins(bot)} and stop`, danger: true },
        { key: "keep", label: "Stop, keep it protected" },
      ],
    });
    if (!how) return null;
  }
  return end(bot, how);
}

async function end(bot, how) {
  const answer = await attempt(() => post(`/api/bot/${bot.id}/stop`, { how }), (told) => told.receipt?.sentence ?? `${bot.name} was told to stop.`);
  if (answer) awaitReceipt(answer);
  return answer;
}

/** Tells what the bot found at the exchange when it had stopped. */
async function awaitReceipt(bot) {
  for (let times = 0; times < RECEIPT_TIMES; times += 1) {
    await new Promise((resolve) => setTimeout(resolve, RECEIPT_AGAIN_MS));
    const { receipt } = await get(`/api/bot/${bot.id}/details`).catch(() => ({}));
    if (receipt && receipt.version >= bot.version) {
      toast(receipt.sentence, receipt.checked && !receipt.trouble ? "gain" : "act");
      return;
    }
  }
}

async function erase(bot) {
  const disposition = await choose({
    title: `Delete ${bot.name}?`,
    text: [
      bot.position ? holds(bot) : "It holds nothing. Its budget becomes unallocated again.",
      h("p", { class: "muted" }, "Its history stays in the store; its number is never used again."),
      bot.position ? h("p", { class: "muted" }, "Released coins stay in the wallet and no bot looks after them. A stop or target that rests for them stays at the exchange until it fills or you cancel it there.") : null,
    ].filter(Boolean),
    answers: bot.position
      ? [{ key: "sell", label: `Sell ${coins(bot)} and delete`, danger: true }, { key: "release", label: `Delete, release ${coins(bot)}`, danger: true }]
      : [{ key: "refuse", label: "Delete the bot", danger: true }],
  });
  if (!disposition) return null;
  const path = `/api/bot/${bot.id}`;
  let answer = await attempt(() => remove(path, { disposition }));
  if (answer?.deleted === false) toast(`${bot.name} finishes first, then it is deleted. Stay on this page.`);
  for (let times = 0; answer?.deleted === false && times < DELETE_TIMES; times += 1) {
    await new Promise((resolve) => setTimeout(resolve, DELETE_AGAIN_MS));
    answer = await attempt(() => remove(path, { disposition }));
  }
  if (answer) toast(answer.sentence, answer.deleted ? "gain" : "act");
  return answer;
}

const MISSING = {
  ask: "What became of it",
  note: "Its entries pause until you choose; its exits go on. Your choice is kept in the activity log.",
  answers: [
    { key: "adopt", label: "Sold by hand: book the market price" },
    { key: "write-off", label: "Gone: write it off", danger: true },
    { key: "resume", label: "It is back: resume" },
  ],
};
const CANCELLED = {
  protection_lost: {
    ask: "Its stop was cancelled. What now",
    note: "Stop and target rest again meanwhile. Selling also stops the bot.",
    answers: [
      { key: "sell", label: "Sell now", danger: true },
      { key: "settings", label: "Change or switch off its stop…" },
      { key: "resume", label: "Keep it protected: resume" },
    ],
  },
  entry_cancelled: {
    ask: "Its order to buy was cancelled. What now",
    note: "The bot goes on with its next signal.",
    answers: [
      { key: "pause", label: "Pause it: no new entries" },
      { key: "resume", label: "Let it buy again: resume" },
    ],
  },
};

/** Whether a person is asked what is to become of a finding. */
export const isAsked = ({ code, bot_id: bot }) => Boolean(bot) && (code.startsWith("shortfall") || code in CANCELLED);

/** Asks what became of what a bot lacks, or is to become of it, and says so. */
export async function settle(bot, { code, text }) {
  const { ask, note, answers } = CANCELLED[code] ?? MISSING;
  const choice = await choose({
    title: `${ask}, for ${bot.name}?`,
    text: [text, h("p", { class: "muted" }, note)],
    answers,
    leave: "Not now",
  });
  if (!choice) return null;
  if (choice === "sell") return end(bot, "sell");
  if (choice === "settings") return location.assign(`/bot/${bot.id}#settings`);
  const said = choice === "pause" ? "resume" : choice;
  const settled = await attempt(() => post(`/api/bot/${bot.id}/settle`, { choice: said }), (answer) => (choice === said ? `${answer.sentence}.` : ""));
  return settled && choice === "pause" ? pause(bot) : settled;
}

const ACTIONS = { start, stop, pause, erase, arm, disarm };

/** Runs the action a button names; resolves to the server's answer, or null if nothing was done. */
export const act = (action, bot) => ACTIONS[action](bot);

/** Lets every `data-action` button within `container` act on its bot, then calls `after`. */
export function listen(container, botOf, after) {
  container.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-action]");
    const bot = button && botOf(Number(button.dataset.bot));
    if (!bot) return;
    button.disabled = true;
    const done = await act(button.dataset.action, bot);
    button.disabled = false;
    after(button.dataset.action, done);
  });
}
