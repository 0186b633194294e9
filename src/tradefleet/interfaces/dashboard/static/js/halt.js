// The stop of everything: asked for, told on every page while it stands, receipted and reset.

import { get, post } from "./api.js";
import { attempt, choose, toast } from "./dialog.js";
import { find, h, render, say } from "./dom.js";
import { moment, number, quantity } from "./format.js";
import { who } from "./words.js";

const LOOK_MS = 1_000;

/** Asks how to stop everything, does it, and shows what comes of it. */
export async function stopAll(after) {
  const how = await choose({
    title: "Stop every bot now?",
    text: [
      "It stands, also through a restart, until you reset it.",
      h("p", { class: "muted" }, "Keeping leaves each position with its stop and target resting at the exchange. Selling sells every position at market. Pausing only ends entries: bots go on looking after what they hold."),
    ],
    word: "STOP",
    answers: [
      { key: "sell", label: "Sell everything and stop", danger: true },
      { key: "keep", label: "Stop, keep positions protected", danger: true },
      { key: "pause", label: "Pause all entries", asked: true },
    ],
  });
  if (!how) return;
  const answer = await attempt(() => post("/api/panic", { how, confirm: "STOP" }));
  after();
  if (answer) showReceipts();
}

const SAYS = { pause: "No bot buys anything", keep: "All bots are stopped, positions stay protected", sell: "All bots are stopped and sell what they hold" };

/** Shows on every page that a halt stands, with its receipts and its end. */
export function watchHalt(onOverview, refresh) {
  const banner = find("#halt");
  find("#halt-receipts").addEventListener("click", showReceipts);
  find("#halt-reset").addEventListener("click", async () => {
    const answer = await choose({
      title: "End the stop of everything?",
      text: "Bots that ran stay stopped until you start them one by one, or go on at once as before.",
      answers: [
        { key: "resume", label: "Let bots go on as before", danger: true },
        { key: "stay", label: "End it, bots stay stopped" },
      ],
    });
    if (!answer) return;
    const done = await attempt(() => post("/api/halt/reset", { resume: answer === "resume" }));
    if (done) toast(done.resume ? "Bots go on as before." : "The halt is over. Bots stay stopped until you start them.", "gain");
    refresh();
  });
  onOverview(({ halt }) => {
    banner.hidden = !halt;
    document.body.dataset.halt = halt?.how ?? "";
    if (halt) say(find("b", banner), `${SAYS[halt.how]}, since ${moment(halt.at)}, by ${who(halt.actor)}.`);
  });
}

/** What an order that rests is, in a few words. */
export const resting = (order) => `${order.side.toLowerCase()} ${quantity(order.quantity)} ${[order.stop_price === "0" ? "" : `stop ${number(order.stop_price)}`, order.price === "0" ? "" : `limit ${number(order.price)}`].filter(Boolean).join(", ")}`;

const average = ({ quantity: sold, quote }) => number(Number(quote) / Number(sold));

function cells(bot) {
  const { receipt } = bot;
  if (!receipt) {
    const why = bot.status === "stopped" ? "it did not run; it is started to ask" : bot.waiting_for || bot.status;
    return [h("td", { class: "muted", colspan: 3 }, `not confirmed yet: ${why}`)];
  }
  return [
    h("td", {}, receipt.sold.length ? receipt.sold.map((one) => h("div", {}, `${quantity(one.quantity)} at ${average(one)}`)) : h("span", { class: "muted" }, "nothing sold")),
    h("td", {}, receipt.checked ? (receipt.resting.length ? receipt.resting.map((order) => h("div", { title: order.client_order_id }, resting(order))) : h("span", { class: receipt.held === "0" ? "muted" : "loss" }, receipt.held === "0" ? "nothing rests, nothing is held" : "NOTHING rests, and it holds")) : h("span", { class: "loss" }, "could not be asked")),
    h("td", { class: receipt.trouble ? "loss" : "muted" }, receipt.trouble || (receipt.checked ? "checked at the exchange" : "")),
  ];
}

function table(bots) {
  return h("table", { class: "stacks" },
    h("thead", {}, h("tr", {}, h("th", {}, "Bot"), h("th", {}, "Sold"), h("th", {}, "Rests at the exchange"), h("th", {}, "State"))),
    h("tbody", {}, bots.map((bot) => h("tr", { data: { key: `bot ${bot.bot_id}` } }, h("td", { class: "name", dir: "auto" }, bot.name), ...cells(bot)))));
}

/** Opens the receipts of the standing halt; they fill in as bots confirm them at the exchange. */
export async function showReceipts() {
  const place = h("div", { id: "receipts" }, h("p", { class: "muted" }, "Bots are asked…"));
  const closed = choose({ title: "What the stop came to", text: [place], answers: [], leave: "Close" });
  let open = true;
  closed.then(() => { open = false; });
  while (open) {
    try {
      const { halt, bots } = await get("/api/halt");
      const left = bots.filter((bot) => !bot.receipt).length;
      const note = halt ? (left ? `${left} of ${bots.length} not confirmed yet; this fills in by itself.` : "Every bot's receipt is also kept under Activity.") : "No halt stands.";
      render(place, bots.length ? table(bots) : h("p", {}, "There is no bot to stop."), h("p", { class: "muted small" }, note));
    } catch (refusal) {
      render(place, h("p", { class: "loss" }, refusal.message));
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
