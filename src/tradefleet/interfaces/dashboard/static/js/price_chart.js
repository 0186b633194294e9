// The price chart: candles, volume, entries and exits, stop, target, and what the strategy saw.

import { colour, onTheme } from "./charts.js";
import { moment, number, percent, price, signed } from "./format.js";

const SHOWN = 250;
const LEAST_WIDTH = 4;
const OVERLAY_TONES = ["accent", "look", "testnet", "binance-demo", "muted"];

// Beyond so many marks their words would cover each other.
const MANY_MARKS = 8;
const result = (profit) => (profit === null ? "" : signed(profit));
const allWords = (side, at, profit) => `${price(at)} ${result(profit)}`.trim();
const fewWords = (side, at, profit) => result(profit);

// A pause of so many usual steps is a gap.
const GAP = 4;

const faint = (tone, share) => colour(tone).replace("rgb(", "rgba(").replace(")", `, ${share})`);
const placesOf = (value) => (value >= 1000 ? 2 : value >= 1 ? 4 : value >= 0.01 ? 5 : 8);
const clock = (seconds, options) => new Date(seconds * 1000).toLocaleString("en-GB", options);

function tickLabel(seconds, kind) {
  if (kind <= 1) return clock(seconds, kind ? { month: "short" } : { year: "numeric" });
  if (kind === 2) return clock(seconds, { day: "numeric", month: "short" });
  return clock(seconds, { hour: "2-digit", minute: "2-digit", ...(kind === 4 ? { second: "2-digit" } : {}) });
}

/** The points of a line; where the bot did not look for long, the line is not drawn. */
function withGaps(values) {
  const points = [...values].filter(([, value]) => Number.isFinite(value)).sort((a, b) => a[0] - b[0]);
  const steps = points.slice(1).map(([time], index) => time - points[index][0]).sort((a, b) => a - b);
  const usual = steps[Math.floor(steps.length / 2)] ?? 0;
  return points.map(([time, value], index) => {
    const next = points[index + 1];
    return next && next[0] - time > GAP * usual ? { time, value, color: "transparent" } : { time, value };
  });
}

const looks = () => ({
  layout: { background: { color: "transparent" }, textColor: colour("muted"), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 11.5, attributionLogo: true, panes: { separatorColor: colour("line"), enableResize: true } },
  grid: { vertLines: { visible: false }, horzLines: { color: faint("line", 0.7) } },
  crosshair: { mode: 0, vertLine: { color: colour("muted"), labelBackgroundColor: colour("muted") }, horzLine: { color: colour("muted"), labelBackgroundColor: colour("muted") } },
  rightPriceScale: { borderVisible: false },
  timeScale: { borderColor: colour("line"), timeVisible: true, secondsVisible: true, rightOffset: 6, minBarSpacing: 0.5, tickMarkFormatter: tickLabel },
  localization: { timeFormatter: (seconds) => moment(seconds * 1000) },
});

/**
 * Draws into `box`. `onPoint(row)` hears the candle under the crosshair (or the newest),
 * `onPick(row)` the one clicked; a row is { time, open, high, low, close, volume, overlays } in ms.
 */
export function priceChart(box, { onPoint, onPick }) {
  const { createChart, CandlestickSeries, HistogramSeries, LineSeries, createSeriesMarkers } = window.LightweightCharts;
  const chart = createChart(box, { autoSize: true, ...looks() });
  const candles = chart.addSeries(CandlestickSeries, { priceLineVisible: true });
  const volume = chart.addSeries(HistogramSeries, { priceScaleId: "volume", priceFormat: { type: "volume" }, lastValueVisible: false, priceLineVisible: false });
  const markers = createSeriesMarkers(candles, []);
  volume.priceScale().applyOptions({ scaleMargins: { top: 0.86, bottom: 0 } });
  candles.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.18 } });

  const rows = new Map();
  const lines = new Map();
  let overlays = [];
  let step = 60;
  let newest = 0;
  let hovered = null;
  let answer = null;

  const toned = (row) => ({ time: row.time, value: row.volume, color: faint(row.close >= row.open ? "gain" : "loss", 0.35) });
  const tell = () => {
    const row = rows.get(hovered ?? newest);
    if (row) onPoint({ ...row, time: row.time * 1000, overlays: overlays.map(({ name, tone, values }) => ({ name, tone, value: values.get(row.time) ?? (hovered ? null : [...values.values()].at(-1)) ?? null })) });
  };

  const put = (row) => {
    rows.set(row.time, row);
    newest = Math.max(newest, row.time);
  };

  const drawMarks = () => {
    const grouped = new Map();
    for (const mark of answer.marks) {
      const time = Math.floor(mark.time / 1000 / step) * step;
      if (!rows.has(time)) continue;
      const key = `${time} ${mark.side}`;
      const group = grouped.get(key) ?? { time, side: mark.side, price: mark.price, profit: null };
      if (mark.profit !== null && mark.profit !== undefined) group.profit = Number(group.profit ?? 0) + Number(mark.profit);
      grouped.set(key, group);
    }
    const words = grouped.size > MANY_MARKS ? fewWords : allWords;
    const drawn = [...grouped.values()].sort((a, b) => a.time - b.time).map(({ time, side, price: at, profit }) => ({
      time,
      position: side === "BUY" ? "belowBar" : "aboveBar",
      shape: side === "BUY" ? "arrowUp" : "arrowDown",
      color: colour(side === "BUY" ? "accent" : profit === null ? "muted" : profit < 0 ? "loss" : "gain"),
      text: words(side, at, profit),
    }));
    markers.setMarkers(drawn);
  };

  const drawLines = () => {
    const wanted = { stop: ["Stop", "loss", 2], entry: ["Entry", "muted", 1], target: ["Target", "gain", 2] };
    for (const [key, [title, tone, lineStyle]] of Object.entries(wanted)) {
      const at = answer.lines[key];
      if (lines.has(key)) candles.removePriceLine(lines.get(key));
      lines.delete(key);
      if (at !== null && at !== undefined) lines.set(key, candles.createPriceLine({ price: Number(at), color: colour(tone), lineWidth: 1, lineStyle, title, axisLabelVisible: true }));
    }
  };

  const drawOverlays = (hidden) => {
    for (const { series } of overlays) if (series) chart.removeSeries(series);
    overlays = answer.overlays.map(({ name, pane, points }, index) => {
      const tone = OVERLAY_TONES[index % OVERLAY_TONES.length];
      const values = new Map(points.map(([at, value]) => [Math.floor(at / 1000 / step) * step, Number(value)]));
      if (hidden(name, pane)) return { name, tone, values, series: null };
      const series = chart.addSeries(LineSeries, { color: colour(tone), lineWidth: 1, priceLineVisible: false, lastValueVisible: pane !== "price", crosshairMarkerVisible: false, title: pane === "price" ? "" : name.replaceAll("_", " ") }, pane === "price" ? 0 : chart.panes().length);
      series.setData(withGaps(values));
      return { name, tone, values, series };
    });
    chart.panes().forEach((pane, index) => pane.setStretchFactor(index ? 1 : 4));
  };

  const paint = () => {
    chart.applyOptions(looks());
    const up = colour("gain");
    const down = colour("loss");
    candles.applyOptions({ upColor: up, wickUpColor: up, borderUpColor: up, downColor: down, wickDownColor: down, borderDownColor: down });
    if (!answer) return;
    volume.setData([...rows.values()].sort((a, b) => a.time - b.time).map(toned));
    drawMarks();
    drawLines();
    for (const { series, tone } of overlays) series?.applyOptions({ color: colour(tone) });
  };

  chart.subscribeCrosshairMove(({ time }) => {
    hovered = rows.has(time) ? time : null;
    tell();
  });
  chart.subscribeClick(({ time }) => {
    const row = rows.get(time);
    if (row) onPick({ ...row, time: time * 1000 });
  });
  onTheme(paint);
  paint();

  const showNewest = () => {
    const shown = Math.min(SHOWN, Math.floor(box.clientWidth / LEAST_WIDTH));
    const count = rows.size;
    chart.timeScale().setVisibleLogicalRange({ from: count - shown, to: count + 4 });
  };

  return {
    showNewest,
    /** Takes the server's candles; `anew` where they are of another length than before. */
    load(fresh, stepMs, anew, hidden) {
      const read = fresh.candles.map(([at, open, high, low, close, traded]) => ({ time: Math.floor(at / 1000), open: +open, high: +high, low: +low, close: +close, volume: +traded }));
      const overlaysChanged = JSON.stringify(fresh.overlays) !== JSON.stringify(answer?.overlays);
      step = stepMs / 1000;
      answer = fresh;
      const gap = read.length > 0 && read[0].time > newest;
      if (anew || gap) {
        rows.clear();
        newest = 0;
        read.forEach(put);
        const places = placesOf(read.at(-1)?.close ?? 1);
        candles.applyOptions({ priceFormat: { type: "custom", minMove: 10 ** -places, formatter: (value) => number(value, places) } });
        candles.setData(read);
        volume.setData(read.map(toned));
        chart.timeScale().applyOptions({ secondsVisible: step < 60 });
        showNewest();
      } else {
        for (const row of read.filter(({ time }) => time >= newest)) {
          put(row);
          candles.update(row);
          volume.update(toned(row));
        }
      }
      if (anew || overlaysChanged) drawOverlays(hidden);
      drawMarks();
      drawLines();
      tell();
    },
    /** Shows or hides overlays as `hidden(name, pane)` says now. */
    toggle: (hidden) => { drawOverlays(hidden); tell(); },
    overlays: () => answer?.overlays ?? [],
    /** Lets the newest price move the newest candle, or begin the next. */
    tick(value, at) {
      const time = Math.floor(at / 1000 / step) * step;
      if (!rows.size || !Number.isFinite(value) || time < newest) return;
      const row = rows.get(time) ?? { time, open: rows.get(newest).close, high: value, low: value, close: value, volume: 0 };
      put({ ...row, high: Math.max(row.high, value), low: Math.min(row.low, value), close: value });
      candles.update(rows.get(time));
      tell();
    },
    oldest: () => Math.min(...rows.keys()) * 1000,
    /** Scrolls to a stretch of time, with some room around it. */
    goTo(from, to) {
      const room = Math.max(20 * step, (to - from) / 1000);
      chart.timeScale().setVisibleRange({ from: Math.max(from / 1000 - room, Math.min(...rows.keys())), to: Math.min(to / 1000 + room, newest) });
    },
  };
}

/** The words of the legend for one candle. */
export function candleWords({ open, high, low, close, volume }) {
  const change = open ? ((close - open) / open) * 100 : 0;
  return [["O", price(open)], ["H", price(high)], ["L", price(low)], ["C", price(close)], ["V", number(volume, volume < 100 ? 2 : 0)], ["", percent(change), change < 0 ? "loss" : "gain"]];
}
