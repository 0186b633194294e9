// How figures and times read. A value that could not be measured is "—", never 0.

export const NOTHING = "—";

/** Groups the digits of a decimal string and cuts it to a number of places. */
export function number(text, places = 2) {
  if (text === null || text === undefined || text === "") return NOTHING;
  const value = Number(text);
  if (!Number.isFinite(value)) return NOTHING;
  return value.toLocaleString("en-GB", { minimumFractionDigits: places, maximumFractionDigits: places });
}

/** A price with as many places as its size needs. */
export function price(text) {
  if (text === null || text === undefined || text === "") return NOTHING;
  const size = Math.abs(Number(text));
  if (!Number.isFinite(size)) return NOTHING;
  const places = size >= 1000 ? 2 : size >= 1 ? 4 : size >= 0.01 ? 5 : 8;
  return number(text, places);
}

/** A quantity of coins, without superfluous zeros. */
export function quantity(text) {
  if (text === null || text === undefined || text === "") return NOTHING;
  return Number(text).toLocaleString("en-GB", { maximumFractionDigits: 8 });
}

/** A result: always with a sign, never "-0.00". */
export function signed(text, places = 2) {
  const shown = number(text, places);
  if (shown === NOTHING) return NOTHING;
  if (Number(shown.replaceAll(",", "")) === 0) return number("0", places);
  return Number(text) > 0 ? `+${shown}` : shown.replace("-", "−");
}

export function percent(text, places = 2) {
  const shown = signed(text, places);
  return shown === NOTHING ? NOTHING : `${shown}\u00a0%`;
}

/** "gain", "loss" or "" for a result; a result that reads as zero is neither. */
export function tone(text, places = 2) {
  const value = Number(text);
  if (!Number.isFinite(value) || Math.abs(value) < 0.5 * 10 ** -places) return "";
  return value > 0 ? "gain" : "loss";
}

/** A size in bytes, as people read it. */
export function bytes(count) {
  if (count === null || count === undefined) return NOTHING;
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  return `${number(count / 1000 ** step, step ? 1 : 0)} ${units[step]}`;
}

export const plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const whole = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** Time of today, or day and time; in the reader's own zone. */
export function moment(ms) {
  if (!ms) return NOTHING;
  const at = new Date(ms);
  const today = new Date().toDateString() === at.toDateString();
  return today ? clock.format(at) : `${day.format(at)}, ${clock.format(at)}`;
}

/** The whole moment, with UTC, for a tooltip. */
export function exactly(ms) {
  return ms ? `${whole.format(new Date(ms))} (${new Date(ms).toISOString().replace("T", " ").slice(0, 19)} UTC)` : "";
}

/** A length of time in the two largest units that matter. */
export function duration(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, "0")} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

const LENGTHS = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };

/** The seconds of a length such as "5m". */
export const seconds = (text) => Number(text.slice(0, -1)) * LENGTHS[text.at(-1)];
