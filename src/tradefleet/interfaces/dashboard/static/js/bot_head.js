// The head of a bot's page and the cards beside its chart, drawn from data alone.

import { armed, isArmed, isLive } from "./arming.js";
import { isOn, isPaused, ladder, protectionChip, runButton, whyNoStart } from "./botcard.js";
import { h, icon } from "./dom.js";
import { duration, exactly, number, percent, price, quantity, signed, tone } from "./format.js";

const fact = (label, value, more = {}) => h("div", {}, h("dt", {}, label), h("dd", { class: more.tone, title: more.title }, value));

const button = (action, label, iconName, bot, more = {}) =>
  h("button", { class: `button ${more.tone ?? ""}`, type: "button", disabled: Boolean(more.why), title: more.why || null, data: { key: action, action, bot: bot.id } }, icon(iconName), label);

/** In live mode: how it is armed, or the button that arms it. */
function arming(bot, now) {
  if (!isLive()) return [];
  if (!isArmed(bot, now)) return [button("arm", "Arm for real money…", "shield", bot, { tone: "primary" })];
  return [h("span", { class: "muted small", data: { key: "armed" } }, armed(bot)), button("disarm", "Disarm", "stop", bot)];
}

export function actions(bot, now) {
  const pausable = bot.status === "running";
  return [
    ...arming(bot, now),
    isPaused(bot) ? button("start", "Enter again", "play", bot, { tone: "primary", why: whyNoStart(bot) }) : null,
    runButton(bot, "", isLive() && !isArmed(bot, now) ? "Arm it for real money first." : ""),
    isPaused(bot) ? null : button("pause", "Pause entries", "pause", bot, { why: pausable ? "" : "Only a running bot can be paused." }),
    h("button", { class: "button", type: "button", id: "ask-why", data: { key: "why" } }, icon("question"), "Why isn't it trading?"),
    button("erase", "Delete", "trash", bot, { tone: "quiet danger" }),
  ];
}

export function positionCard(bot, now) {
  const { position } = bot;
  if (!position) {
    return [
      h("div", { class: "head" }, h("h2", {}, "Position")),
      h("p", { class: "muted flat" }, isOn(bot) && !isPaused(bot) ? `Flat. It can spend ${number(bot.cash)} ${bot.quote} on the next entry.` : `Flat, with ${number(bot.cash)} ${bot.quote}.`),
    ];
  }
  return [
    h("div", { class: "head" }, h("h2", {}, "Position"), h("div", { class: "tools" }, protectionChip(position))),
    h("div", { class: "row big-result" }, h("b", { class: tone(position.profit) }, signed(position.profit), h("span", { class: "unit" }, bot.quote)), h("span", { class: tone(position.profit_percent) }, percent(position.profit_percent)), h("span", { class: "muted small" }, "if sold now, fees included")),
    ladder(position),
    h("dl", { class: "facts" },
      fact("Holds", `${quantity(position.quantity)} ${bot.base}`),
      fact("Worth", `${number(position.value)} ${bot.quote}`),
      fact("Paid", `${number(position.cost)} ${bot.quote}`),
      fact("Held for", duration(now - position.opened_at), { title: exactly(position.opened_at) }),
      fact("Stop", position.stop_price ? `${price(position.stop_price)} (${distance(position.stop_price, position.price)})` : "off"),
      fact("Target", position.target_price ? `${price(position.target_price)} (${distance(position.target_price, position.price)})` : "off"),
      position.naked_ms === null || position.naked_ms === undefined ? null : fact("Without a stop", position.naked_ms ? `${number(position.naked_ms, 0)} ms` : "never", { title: "From the fill, or the end of the stop before, to the stop that rests now, by the exchange's own times." })),
  ];
}

const distance = (level, now) => (now ? percent(((level - now) / now) * 100, 1) : "—");

export function ledgerCard(bot, ledger) {
  const wins = bot.trades ? `${bot.wins} of ${bot.trades} won` : "no trades yet";
  return [
    h("div", { class: "head" }, h("h2", {}, "Its money"), h("span", { class: "muted small push" }, wins)),
    h("div", { class: "row big-result" }, h("b", { class: tone(bot.profit) }, signed(bot.profit), h("span", { class: "unit" }, bot.quote)), h("span", { class: tone(bot.profit_percent) }, percent(bot.profit_percent)), h("span", { class: "muted small" }, "earned, net")),
    h("dl", { class: "facts" },
      fact("Budget", `${number(bot.trade_amount)} ${bot.quote}`),
      fact("Equity", `${number(bot.equity)} ${bot.quote}`),
      fact("Cash", `${number(bot.cash)} ${bot.quote}`),
      fact("Coins", `${quantity(ledger?.base ?? null)} ${bot.base}`),
      fact("Fees paid", `${number(ledger?.fees, 4)} ${bot.quote}`),
      fact("Dust", `${quantity(ledger?.dust ?? null)} ${bot.base}`, { title: "Too little to sell; the next buy takes it up." })),
  ];
}

/** Each rule that may veto an entry, and how far its limit is. */
export function rulesCard(guards) {
  const vetoes = guards.filter((rule) => rule.vetoes).length;
  return [
    h("div", { class: "head" }, h("h2", {}, "Rules before an entry"), h("span", { class: "muted small push" }, vetoes ? `${vetoes} in the way` : "none in the way")),
    h("ul", { class: "guards" }, guards.map((rule) => h("li", { data: { state: rule.vetoes ? "act" : Number(rule.share) >= 0.75 ? "look" : "ok" } },
      h("b", {}, rule.title),
      h("span", { class: "muted small" }, rule.share === null ? `${rule.text}; looked at when it wants to buy` : rule.text),
      rule.share === null ? null : h("meter", { min: 0, max: 1, value: Math.min(1, Number(rule.share)), "aria-label": `${rule.title}: ${rule.text}` })))),
  ];
}
