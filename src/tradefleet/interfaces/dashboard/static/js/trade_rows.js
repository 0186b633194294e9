// Closed round trips as rows of a table.

import { h } from "./dom.js";
import { duration, exactly, moment, percent, price, quantity, signed, tone } from "./format.js";

const EXIT_REASONS = {
  stop_loss: "Stop loss",
  take_profit: "Take profit",
  signal: "Strategy",
  manual: "By hand",
  end: "End of data",
  outside: "Sold outside",
  written_off: "Written off",
};

export const exitReason = (key) => EXIT_REASONS[key] ?? key;

/** A row of the overview: which bot, what came of it. */
export function recentTradeRow(trade) {
  return h("tr", { data: { key: `${trade.bot_id} ${trade.exit_time} ${trade.entry_time}` } },
    h("td", { title: exactly(trade.exit_time), class: "nowrap" }, moment(trade.exit_time)),
    h("td", { class: "name line" }, h("a", { href: `/bot/${trade.bot_id}#trades`, dir: "auto" }, trade.bot_name)),
    h("td", { class: "nowrap" }, exitReason(trade.exit_reason)),
    h("td", { class: "number minor" }, price(trade.entry_price)),
    h("td", { class: "number minor" }, price(trade.exit_price)),
    h("td", { class: `number end ${tone(trade.profit)}` }, signed(trade.profit)),
    h("td", { class: `number ${tone(trade.profit_percent)}` }, percent(trade.profit_percent)));
}

/** A row of the bot's own list. */
export function tradeRow(trade, base) {
  return h("tr", { tabindex: "0", class: "clickable", title: "Show on the chart", data: { key: `${trade.exit_time} ${trade.entry_time}`, entry: trade.entry_time, exit: trade.exit_time } },
    h("td", { class: "nowrap", title: exactly(trade.entry_time) }, moment(trade.entry_time)),
    h("td", { class: "nowrap", title: exactly(trade.exit_time) }, moment(trade.exit_time)),
    h("td", { class: "number" }, duration(trade.exit_time - trade.entry_time)),
    h("td", { class: "nowrap" }, exitReason(trade.exit_reason)),
    h("td", { class: "number", title: Number(trade.dust) ? `${quantity(trade.dust)} ${base} left as dust` : null }, quantity(trade.quantity)),
    h("td", { class: "number" }, price(trade.entry_price)),
    h("td", { class: "number" }, price(trade.exit_price)),
    h("td", { class: "number" }, price(trade.fees)),
    h("td", { class: `number ${tone(trade.profit)}` }, signed(trade.profit)),
    h("td", { class: `number ${tone(trade.profit_percent)}` }, percent(trade.profit_percent)));
}
