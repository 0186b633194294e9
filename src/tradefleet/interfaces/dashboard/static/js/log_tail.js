// The end of the bot's log, as it is written. For people; nothing is read out of it.

import { get } from "./api.js";
import { find, h, render, say } from "./dom.js";
import { bytes } from "./format.js";

const LINES = 500;
const EVERY_MS = 2_000;
const LEVEL = / - (DEBUG|INFO|WARNING|ERROR|CRITICAL) - /;

/** Follows the log while `isShown()`; returns a function that fetches now. */
export function logTail(botId, isShown) {
  const box = find("#log-lines");
  const search = find("#log-search");
  const level = find("#log-level");
  const pause = find("#log-pause");
  let paused = false;
  let before = "";

  const fetchNow = async () => {
    const wanted = `lines=${LINES}&q=${encodeURIComponent(search.value)}&level=${level.value}`;
    let answer;
    try {
      answer = await get(`/api/bot/${botId}/log?${wanted}`);
    } catch (refusal) {
      return say(find("#log-size"), refusal.message);
    }
    say(find("#log-size"), `${bytes(answer.size)}${answer.truncated ? ", the end of it" : ""}`);
    const text = wanted + answer.lines.join("\n");
    if (text === before) return undefined;
    before = text;
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
    render(box, answer.lines.length
      ? answer.lines.map((line) => h("div", { class: "line", data: { level: LEVEL.exec(line)?.[1] ?? null } }, line))
      : h("p", { class: "empty" }, search.value || level.value ? "No line matches." : "Nothing was logged yet."));
    if (atEnd) box.scrollTop = box.scrollHeight;
    return undefined;
  };

  let timer = null;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(fetchNow, 200);
  });
  level.addEventListener("change", fetchNow);
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    say(pause, paused ? "Go on" : "Pause");
    if (!paused) fetchNow();
  });
  setInterval(() => isShown() && !paused && !document.hidden && fetchNow(), EVERY_MS);
  return fetchNow;
}
