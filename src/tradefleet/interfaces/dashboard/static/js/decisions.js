// Why the bot did what it did: one record for every evaluation.

import { get } from "./api.js";
import { attempt, toast } from "./dialog.js";
import { find, h, icon, render, say } from "./dom.js";
import { exactly, moment, plural, price, NOTHING } from "./format.js";
import { segmented } from "./segmented.js";

const OUTCOMES = {
  bought: ["Bought", "accent"],
  sold: ["Sold", "accent"],
  held: ["Waited", ""],
  denied: ["Denied by a rule", "look"],
  refused: ["Refused", "act"],
  unknown: ["Outcome unknown", "act"],
  failed: ["Failed", "act"],
};
const PAGE = 30;

const figure = (value) => (value === null || value === undefined ? NOTHING : Number(value).toLocaleString("en-GB", { maximumSignificantDigits: 7 }));

/** Whether a rule spoke for the action: yes, no, or nobody knows. */
function verdict(met) {
  const [name, words, tone] = met === true ? ["check", "met", "gain"] : met === false ? ["cross", "not met", "muted"] : ["unknown", "not known", "muted"];
  return h("span", { class: `verdict ${tone}` }, icon(name), h("span", {}, words));
}

function reasons(decision) {
  if (!decision.reasons.length) return h("p", { class: "muted small" }, "No rule was looked at.");
  return h("div", { class: "table-wrap" }, h("table", {},
    h("thead", {}, h("tr", {}, h("th", {}, "Rule"), h("th", {}, ""), h("th", { class: "number minor" }, "Was"), h("th", { class: "number minor" }, "Needed"))),
    h("tbody", {}, decision.reasons.map((reason) =>
      h("tr", {}, h("td", { dir: "auto" }, reason.text), h("td", { class: "nowrap" }, verdict(reason.met)), h("td", { class: "number minor" }, figure(reason.value)), h("td", { class: "number minor" }, figure(reason.needed)))))));
}

function record(decision) {
  const [label, tone] = OUTCOMES[decision.outcome] ?? [decision.outcome, ""];
  const values = Object.entries(decision.values);
  return h("details", { class: "decision", id: `decision-${decision.close_time}`, data: { key: decision.close_time } },
    h("summary", {},
      h("time", { class: "muted", title: exactly(decision.close_time) }, moment(decision.close_time)),
      h("span", { class: "chip", data: { tone } }, label),
      h("span", { class: "sentence", dir: "auto" }, decision.sentence)),
    h("div", { class: "record stack" },
      h("p", { class: "small muted" }, `Candle closed at ${price(decision.price)}; the strategy said ${decision.action.toLowerCase()}. Decided ${exactly(decision.at)}.`),
      reasons(decision),
      values.length ? h("dl", { class: "values" }, values.map(([name, value]) => h("div", {}, h("dt", {}, name.replaceAll("_", " ")), h("dd", {}, figure(value))))) : null));
}

/** Fills the decisions' panel of one bot. */
export function decisionList(botId) {
  const list = find("#decision-list");
  const older = find("#decisions-older");
  const known = new Map();
  let counted = 0;
  let complete = false;
  let loaded = false;

  const newestFirst = () => [...known.values()].sort((a, b) => b.close_time - a.close_time);

  const show = () => {
    const shown = newestFirst().filter(({ outcome }) => filter() === "all" || outcome !== "held");
    const none = filter() === "all" ? "Nothing was evaluated yet. The first record comes with the first candle it looks at." : "No action among the evaluations shown.";
    render(list, shown.length ? shown.map(record) : h("p", { class: "empty" }, loaded ? none : "…"));
    older.hidden = complete || !known.size;
    say(find("#decisions-counted"), counted ? `${plural(counted, "older evaluation")} without action ${counted === 1 ? "is" : "are"} kept as a count` : "");
  };
  const filter = segmented(find("#decision-filter"), "show", show);

  const take = (answer) => {
    for (const decision of answer.decisions) known.set(decision.close_time, decision);
    counted = answer.counted_before;
    loaded = true;
    show();
    return answer.decisions.length;
  };

  const fetchBefore = async (before, limit = PAGE) => {
    const answer = await attempt(() => get(`/api/bot/${botId}/decisions?limit=${limit}&before=${before}`));
    return answer ? take(answer) : 0;
  };

  older.addEventListener("click", async () => {
    const oldest = Math.min(...known.keys());
    complete = (await fetchBefore(oldest)) < PAGE;
    show();
  });

  /** The newest record of a stretch of time that is already here. */
  const within = (from, to) => newestFirst().find(({ close_time: at }) => at >= from && at < to);

  return {
    refresh: async () => {
      try {
        const first = !loaded;
        const count = take(await get(`/api/bot/${botId}/decisions?limit=${PAGE}`));
        if (first) complete = count < PAGE;
        show();
      } catch {
        // the strip says when nothing is heard
      }
    },
    within,
    /** Opens the record of a stretch of time, fetching it where it is not here yet. */
    async open(from, to) {
      let found = within(from, to);
      if (!found) {
        await fetchBefore(to, 20);
        found = within(from, to);
      }
      if (!found) return toast("The bot did not evaluate at this candle.");
      if (filter() === "actions" && found.outcome === "held") filter("all");
      show();
      const element = find(`#decision-${found.close_time}`);
      element.open = true;
      element.scrollIntoView({ block: "center" });
      return find("summary", element).focus({ preventScroll: true });
    },
  };
}
