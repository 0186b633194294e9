// The headlines of the last week and how they were scored.

import { get } from "./api.js";
import { find, h, render, say } from "./dom.js";
import { exactly, moment, NOTHING, plural, signed, tone } from "./format.js";

const search = find("#news-search");
let answer = null;

const feeling = (score) => (score === null ? NOTHING : score > 0.15 ? "good" : score < -0.15 ? "bad" : "neutral");

function row(headline) {
  return h("tr", { data: { key: `${headline.published} ${headline.title}` } },
    h("td", { class: "nowrap muted", title: exactly(headline.published) }, moment(headline.published)),
    h("td", { class: "name line" }, h("span", { dir: "auto" }, headline.title), h("div", { class: "small muted", dir: "auto" }, headline.source || "unnamed source")),
    h("td", { class: "nowrap" }, headline.symbols.length ? headline.symbols.map((coin) => h("span", { class: "chip" }, coin)) : h("span", { class: "muted small" }, "whole market")),
    h("td", { class: `number end ${headline.score === null ? "" : tone(headline.score)}` }, headline.score === null ? NOTHING : signed(headline.score), h("div", { class: "small muted" }, feeling(headline.score))));
}

function show() {
  const words = search.value.trim().toLowerCase();
  const found = answer.headlines.filter(({ title, source, symbols }) => [title, source, ...symbols].some((text) => text.toLowerCase().includes(words)));
  find("#news-tools").hidden = answer.headlines.length === 0;
  say(find("#news-line"), answer.problem || `${plural(answer.headlines.length, "headline")} of the last week${answer.scorer ? `, scored by ${answer.scorer}` : ""}${answer.feed ? `, from ${answer.feed}` : ""}`);
  render(find("#news"), found.length
    ? h("div", { class: "table-wrap flush" }, h("table", { class: "stacks" },
        h("thead", {}, h("tr", {}, h("th", {}, "Published"), h("th", {}, "Headline"), h("th", {}, "About"), h("th", { class: "number" }, "Score −1…1"))),
        h("tbody", {}, found.map(row))))
    : h("div", { class: "empty" }, h("h2", {}, answer.headlines.length ? "No headline matches" : "No headlines yet"),
        h("p", {}, answer.headlines.length ? "Try another word." : answer.feed ? `News are fetched once for the whole fleet, from ${answer.feed}.` : "No source is set. Give CRYPTONEWS_API_KEY or NEWS_FILE in .env and start again; until then ticker_news never buys.")));
}

async function fetchNow() {
  try {
    answer = await get("/api/news?limit=200");
    show();
  } catch (refusal) {
    say(find("#news-line"), refusal.message);
  }
}

search.addEventListener("input", show);
fetchNow();
setInterval(() => document.hidden || fetchNow(), 30_000);
