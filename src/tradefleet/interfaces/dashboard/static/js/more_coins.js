// Several coins with one wallet: which others can be played beside the chosen one, and how many positions at once.

import { find, findAll, h, say } from "./dom.js";
import { number, seconds } from "./format.js";

const option = (value, text, chosen) => h("option", { value, selected: value === chosen }, text);

/** The coins that are ticked. */
export const moreCoins = (form) => findAll('#more-coins [name="more"]:checked', form).map(({ value }) => value);

/** Whether there are candles of a coin that those of an interval can be made of. */
const has = (kept, symbol, interval) => kept.some((one) => one.symbol === symbol && seconds(interval) % seconds(one.interval) === 0);

/** Offers every other coin with candles for the chosen interval; what was ticked stays so, where it still can be. */
export function offerMoreCoins(form, kept, symbol, ticked = moreCoins(form)) {
  const others = [...new Set(kept.map((one) => one.symbol))].filter((one) => one !== symbol && has(kept, one, form.elements.interval.value));
  find("#more-coins", form).replaceChildren(...others.map((one) =>
    h("label", { class: "choice" }, h("input", { type: "checkbox", name: "more", value: one, checked: ticked.includes(one) }), one)));
  find("#more-none", form).hidden = others.length > 0;
}

/** Says how many share the wallet, and with what it begins. */
export function explainWallet(form, places = form.elements.max_open.value) {
  const count = 1 + moreCoins(form).length;
  const fields = form.elements;
  find("#places", form).hidden = count === 1;
  say(find("#more-line", form), count === 1 ? "none" : `${count} coins together`);
  const fewer = Array.from({ length: count - 1 }, (_, index) => String(index + 1));
  fields.max_open.replaceChildren(option("", `as many as coins, ${count}`, places), ...fewer.map((one) => option(one, one, places)));
  const begins = Number(fields.max_open.value || count);
  const amount = Number(fields.trade_amount.value) || 0;
  say(find("#places-help", form), `The wallet begins with ${begins} × ${number(amount)} = ${number(begins * amount)}.`);
}

/** What of it the server is told. */
export function readMoreCoins(form) {
  const more = moreCoins(form);
  if (!more.length) return {};
  const places = form.elements.max_open.value;
  return { more_symbols: more, ...(places ? { max_open: Number(places) } : {}) };
}
