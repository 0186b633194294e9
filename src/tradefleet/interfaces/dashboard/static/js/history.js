// What the bot traded: closed round trips, orders as they were sent, fills as the exchange told them.

import { get } from "./api.js";
import { find, h, render } from "./dom.js";
import { exactly, moment, number, plural, price, quantity, signed, tone } from "./format.js";
import { exitReason, tradeRow } from "./trade_rows.js";

const STATES = {
  open: ["Outcome not known yet", "look"],
  accepted: ["Resting", "accent"],
  done: ["Done", ""],
  refused: ["Refused", "act"],
  absent: ["Never happened", ""],
  forgotten: ["Unknown to the exchange", "act"],
};

const head = (...columns) => h("thead", {}, h("tr", {}, columns.map(([label, number]) => h("th", { class: number && "number" }, label))));
const scroller = (...children) => h("div", { class: "table-wrap" }, h("table", {}, ...children));

/** How trades ended, each kind with its sum. */
function endings(trades) {
  const kinds = new Map();
  for (const trade of trades) {
    const kind = kinds.get(trade.exit_reason) ?? { count: 0, profit: 0 };
    kinds.set(trade.exit_reason, { count: kind.count + 1, profit: kind.profit + Number(trade.profit) });
  }
  return [...kinds].map(([key, { count, profit }]) => h("span", { class: "ending small" }, `${exitReason(key)} ${count}× `, h("b", { class: tone(profit) }, signed(profit))));
}

const COLUMNS = ["entry_time", "exit_time", "exit_reason", "quantity", "entry_price", "exit_price", "cost", "fees", "profit", "profit_percent", "dust"];

/** Saves the trades as a file that a spreadsheet opens. */
function save(trades, name) {
  const iso = (ms) => new Date(ms).toISOString();
  const lines = trades.map((trade) => COLUMNS.map((column) => (column.endsWith("_time") ? iso(trade[column]) : trade[column])).join(","));
  const file = new Blob([[COLUMNS.join(","), ...lines, ""].join("\n")], { type: "text/csv" });
  const link = h("a", { href: URL.createObjectURL(file), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The trades' panel; `onTrade(entry, exit)` hears a chosen one. */
export function tradeList(botId, onTrade) {
  const panel = find("#panel-trades");
  let trades = [];
  const choose = (event) => {
    const row = event.target.closest("tr[data-entry]");
    if (row) onTrade(Number(row.dataset.entry), Number(row.dataset.exit));
  };
  panel.addEventListener("click", (event) => (event.target.closest("#trades-save") ? save(trades, `bot_${botId}_trades.csv`) : choose(event)));
  panel.addEventListener("keydown", (event) => event.key === "Enter" && choose(event));

  return async (bot) => {
    ({ trades } = await get(`/api/bot/${botId}/trades?limit=500`));
    render(panel, trades.length
      ? [h("div", { class: "panel-tools", data: { key: "tools" } }, ...endings(trades), h("button", { class: "button small push", id: "trades-save", type: "button" }, "Save as CSV")),
         h("div", { class: "table-wrap", data: { key: "table" } }, h("table", {},
           head(["Opened"], ["Closed"], ["Held", 1], ["Ended by"], [`Sold ${bot.base}`, 1], ["Entry", 1], ["Exit", 1], ["Fees", 1], [`Net ${bot.quote}`, 1], ["Net %", 1]),
           h("tbody", {}, trades.map((trade) => tradeRow(trade, bot.base)))))]
      : h("p", { class: "empty" }, bot.position ? "Its first position is still open; it becomes a trade when it is sold." : "No closed trades yet."));
  };
}

function orderRow(order, bot) {
  const [label, toneName] = STATES[order.state] ?? [order.state, ""];
  const at = [order.price && price(order.price), order.stop_price && `stop ${price(order.stop_price)}`, order.target_price && `target ${price(order.target_price)}`].filter(Boolean);
  return h("tr", { data: { key: order.sequence } },
    h("td", { class: "nowrap", title: exactly(order.created_at) }, moment(order.created_at)),
    h("td", { class: "nowrap" }, { entry: "Entry", exit: "Exit", protection: "Protection", stop: "Stop", target: "Target" }[order.purpose] ?? order.purpose),
    h("td", { class: "nowrap" }, `${order.side} ${order.type.replaceAll("_", " ").toLowerCase()}`),
    h("td", { class: "number" }, order.quantity ? `${quantity(order.quantity)} ${bot.base}` : `for ${number(order.quote_quantity)} ${bot.quote}`),
    h("td", {}, at.join(" · ") || "market"),
    h("td", {}, h("span", { class: "chip", data: { tone: toneName } }, label), order.detail ? h("div", { class: "small muted detail", dir: "auto" }, order.detail) : null),
    h("td", { class: "mono" }, order.client_order_id));
}

function fillRow(fill) {
  return h("tr", { data: { key: `f${fill.trade_id}` } },
    h("td", { class: "nowrap", title: exactly(fill.time) }, moment(fill.time)),
    h("td", {}, fill.side),
    h("td", { class: "number" }, quantity(fill.quantity)),
    h("td", { class: "number" }, price(fill.price)),
    h("td", { class: "number" }, price(fill.quote_quantity)),
    h("td", { class: "number" }, `${quantity(fill.fee)} ${fill.fee_asset}`),
    h("td", { class: "number mono" }, String(fill.order_id)),
    h("td", { class: "number mono" }, String(fill.trade_id)));
}

/** The orders' panel. */
export function orderList(botId) {
  const panel = find("#panel-orders");
  return async (bot) => {
    const { fills } = await get(`/api/bot/${botId}/fills?limit=200`);
    if (!bot.orders.length && !fills.length) return render(panel, h("p", { class: "empty" }, "Nothing was sent to the exchange yet."));
    const resting = bot.orders.filter(({ state }) => state === "accepted").length;
    return render(panel,
      h("div", { class: "stack", data: { key: "orders" } },
        h("div", { class: "row" }, h("h2", {}, "Orders"), h("span", { class: "muted small" }, `${plural(resting, "order")} resting; the newest 50 as they were written down before they were sent`)),
        scroller(head(["Written"], ["For"], ["Order"], ["How much", 1], ["At"], ["State"], ["Our name for it"]), h("tbody", {}, bot.orders.map((order) => orderRow(order, bot)))),
        h("div", { class: "row" }, h("h2", {}, "Fills"), h("span", { class: "muted small" }, "as the exchange reported them")),
        scroller(head(["Time"], ["Side"], [bot.base, 1], ["Price", 1], [bot.quote, 1], ["Fee", 1], ["Order id", 1], ["Trade id", 1]), h("tbody", {}, fills.map(fillRow)))));
  };
}
