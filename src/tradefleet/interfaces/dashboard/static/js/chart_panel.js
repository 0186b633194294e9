// The chart's card: which candles, which lines, the legend, and the decision under the crosshair.

import { get } from "./api.js";
import { toast } from "./dialog.js";
import { find, h, render, say } from "./dom.js";
import { duration, exactly, moment, price, seconds } from "./format.js";
import { candleWords, priceChart } from "./price_chart.js";
import { segmented } from "./segmented.js";
import { serverNow } from "./shell.js";

const OFFERED = ["1m", "5m", "15m", "1h", "4h", "1d"];
const LIMIT = 500;
const FASTEST_MS = 2_000;
const SLOWEST_MS = 15_000;
const MOST_PANES = 1;

const hiddenKey = "overlays-hidden";
const kept = () => JSON.parse(localStorage.getItem(hiddenKey) ?? "{}");

/** Wires the chart of a bot; `onDecision(from, to)` hears the stretch of a clicked candle. */
export function chartPanel(botId, decisions, onDecision) {
  const stepMs = () => seconds(interval()) * 1_000;
  let bot = null;
  let timer = null;
  let asked = 0;

  const hidden = (name, pane) => {
    const choice = kept()[name];
    if (choice !== undefined) return choice;
    if (pane === "price") return name === "close";
    const own = chart.overlays().filter((overlay) => overlay.pane !== "price");
    return own.findIndex((overlay) => overlay.name === name) >= MOST_PANES;
  };

  const showLegend = (row) => {
    render(find("#legend"), h("span", { class: "muted" }, moment(row.time)), candleWords(row).map(([label, words, tone]) => h("span", { class: tone }, label ? h("span", { class: "muted" }, `${label} `) : null, words)));
    render(find("#overlays"), row.overlays.map(({ name, tone, value }) =>
      h("button", { type: "button", "aria-pressed": String(!hidden(name, chart.overlays().find((overlay) => overlay.name === name)?.pane)), data: { key: name, overlay: name }, style: `--tone: var(--${tone})`, title: "Show or hide" }, name.replaceAll("_", " "), value === null ? null : h("b", {}, ` ${price(value)}`))));
    const decision = decisions.within(row.time, row.time + stepMs());
    const note = find("#chart-note");
    say(note, decision ? `Decision at ${moment(decision.close_time)}: ${decision.sentence}` : "Click a candle for the decision made at its close.");
    note.title = decision ? exactly(decision.close_time) : "";
  };

  const chart = priceChart(find("#price-chart"), { onPoint: showLegend, onPick: (row) => onDecision(row.time, row.time + stepMs()) });
  const interval = segmented(find("#chart-interval"), "interval", () => fetchNow(true));

  async function fetchNow(anew = false) {
    clearTimeout(timer);
    const wanted = interval();
    asked += 1;
    const turn = asked;
    try {
      const answer = await get(`/api/bot/${botId}/candles?interval=${wanted}&limit=${LIMIT}`);
      if (turn !== asked) return;
      find("#price-chart").dataset.empty = answer.candles.length ? "" : "No candles are known yet.";
      if (answer.candles.length) chart.load(answer, stepMs(), anew, hidden);
    } catch (refusal) {
      say(find("#chart-note"), refusal.message);
    }
    timer = setTimeout(function again() {
      if (document.hidden) timer = setTimeout(again, FASTEST_MS);
      else fetchNow();
    }, Math.min(SLOWEST_MS, Math.max(FASTEST_MS, stepMs() / 4)));
  }

  find("#overlays").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    localStorage.setItem(hiddenKey, JSON.stringify({ ...kept(), [button.dataset.overlay]: button.getAttribute("aria-pressed") === "true" }));
    chart.toggle(hidden);
  });
  find("#chart-now").addEventListener("click", () => chart.showNewest());

  const tick = (fresh) => {
    say(find("#last-price"), price(fresh.price));
    say(find("#price-age"), fresh.price_at && serverNow() - fresh.price_at > 10_000 ? `${duration(serverNow() - fresh.price_at)} old` : fresh.quote);
    if (fresh.price_at) chart.tick(Number(fresh.price), fresh.price_at);
  };

  return {
    tick,
    /** Begins with a bot's own candles, or starts over when they change. */
    begin(fresh) {
      const changed = bot?.interval !== fresh.interval || bot?.symbol !== fresh.symbol;
      const traded = bot?.trades !== fresh.trades || bot?.position?.quantity !== fresh.position?.quantity;
      bot = fresh;
      if (changed) {
        say(find("#chart-symbol"), `${fresh.base}/${fresh.quote}`);
        const offered = [...new Set([fresh.interval, ...OFFERED])].sort((a, b) => seconds(a) - seconds(b));
        render(find("#chart-interval"), offered.map((length) => h("button", { type: "button", data: { key: length, interval: length }, "aria-pressed": String(length === fresh.interval), title: length === fresh.interval ? "The bot's own candles" : null }, length)));
      }
      if (changed || traded) fetchNow(changed);
      tick(fresh);
    },
    /** Scrolls to a trade, in longer candles where the shown ones do not reach back so far. */
    async goTo(entry, exit) {
      find("#price-chart").scrollIntoView({ block: "center" });
      if (entry < chart.oldest()) {
        const reach = [...find("#chart-interval").children].map(({ dataset }) => dataset.interval).find((length) => serverNow() - entry < seconds(length) * 1_000 * (LIMIT - 20));
        if (!reach) return toast("This trade is older than the candles that are kept.");
        interval(reach);
        await fetchNow(true);
      }
      return chart.goTo(entry, exit);
    },
  };
}
