// Runs of research: starting one, following it, its state in words.

import { get } from "./api.js";
import { h } from "./dom.js";

const PAUSE_MS = 1_000;
const TONES = { running: "accent", done: "", cancelled: "look", failed: "act" };

/** What was played, in a few words. */
export function played({ asked }) {
  const more = asked.more_symbols?.length ?? 0;
  return `${asked.strategy} on ${asked.symbol}${more ? ` and ${more} more,` : ""} ${asked.interval}`;
}

/** A chip that says where a run stands, or how far it is. */
export function stateChip(run) {
  if (run.state === "running" && run.share !== null) return h("progress", { class: "progress", max: "1", value: String(run.share), title: run.progress });
  return h("span", { class: "chip", data: { tone: TONES[run.state] }, title: run.problem || run.progress || null }, run.state === "running" ? "under way" : run.state);
}

/** Asks for a run until it ends; `onNews(run)` hears each answer. Returns the run that ended. */
export async function follow(id, onNews) {
  for (;;) {
    const run = await get(`/api/run/${id}`);
    onNews(run);
    if (run.state !== "running") return run;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
