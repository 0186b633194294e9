// Finding a coin: type, choose with the arrows or the mouse. A coin that cannot be traded says why.

import { get } from "./api.js";
import { h, say } from "./dom.js";
import { percent, price, tone } from "./format.js";

/** Turns an input with a list and a help line into a coin search; `onChoice(coin)` hears the choice. */
export function symbolSearch(input, list, help, onChoice) {
  let coins = [];
  let chosen = -1;
  let timer = null;

  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
  };

  const pick = (coin) => {
    if (!coin.tradeable) return;
    input.value = coin.symbol;
    say(help, `${coin.symbol} at ${price(coin.price)} ${coin.quote}; smallest order ${Number(coin.min_notional)} ${coin.quote}`);
    close();
    onChoice(coin);
  };

  const show = () => {
    list.replaceChildren(
      ...coins.map((coin, index) =>
        h("li", { role: "option", id: `coin-${index}`, "aria-selected": String(index === chosen), "aria-disabled": String(!coin.tradeable), title: coin.why_not || "", onmousedown: (event) => { event.preventDefault(); pick(coin); } },
          h("span", {}, h("b", {}, coin.base), h("span", { class: "muted" }, ` / ${coin.quote}`), coin.why_not ? h("span", { class: "muted small" }, ` · ${coin.why_not}`) : null),
          h("span", { class: "number" }, price(coin.price)),
          h("span", { class: `number small ${tone(coin.change_percent)}` }, percent(coin.change_percent)))),
    );
    if (coins.length === 0) list.append(h("li", { class: "muted", style: "padding: 8px 10px" }, "No such coin at this exchange."));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-activedescendant", chosen >= 0 ? `coin-${chosen}` : "");
  };

  const search = async () => {
    const wanted = input.value.trim();
    try {
      const found = (await get(`/api/search-coins?q=${encodeURIComponent(wanted)}&limit=12`)).coins;
      if (input.value.trim() !== wanted) return; // a newer search is on its way
      coins = found;
      chosen = -1;
      if (document.activeElement === input) show();
    } catch (refusal) {
      say(help, refusal.message);
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 150);
  });
  input.addEventListener("focus", search);
  input.addEventListener("blur", () => {
    close();
    const exact = coins.find((coin) => coin.symbol === input.value.trim().toUpperCase() || coin.base === input.value.trim().toUpperCase());
    if (exact) pick(exact);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) return search();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : -1) + coins.length) % coins.length;
      show();
    } else if (event.key === "Enter" && !list.hidden && coins.length) {
      event.preventDefault();
      pick(coins[Math.max(0, chosen)]);
    } else if (event.key === "Escape") {
      close();
    }
    return undefined;
  });
}
