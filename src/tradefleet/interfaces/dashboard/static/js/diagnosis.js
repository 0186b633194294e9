// Why isn't it trading? An ordered list; the first thing that is wrong owns the headline.

import { get } from "./api.js";
import { attempt } from "./dialog.js";
import { find, h, icon, render } from "./dom.js";

const SIGNS = new Map([[true, ["check", "gain", "fine"]], [false, ["cross", "loss", "wrong"]], [null, ["unknown", "muted", "neither"]]]);

function check({ ok, text, mend }) {
  const [name, tone, words] = SIGNS.get(ok);
  return h("li", {}, h("span", { class: `verdict ${tone}` }, icon(name), h("span", { class: "visually-hidden" }, words)),
    h("div", {}, h("span", { dir: "auto" }, text), mend ? h("div", { class: "small muted", dir: "auto" }, mend) : null));
}

/** Opens the panel with fresh findings, or closes it. */
export async function toggleDiagnosis(botId) {
  const panel = find("#why");
  if (!panel.hidden) {
    panel.hidden = true;
    return;
  }
  const answer = await attempt(() => get(`/api/bot/${botId}/diagnosis`));
  if (!answer) return;
  panel.hidden = false;
  render(panel,
    h("div", { class: "head" }, h("h2", {}, "Why isn't it trading?"), h("div", { class: "tools" }, h("button", { class: "button quiet small", type: "button", onclick: () => { panel.hidden = true; } }, "Close"))),
    h("p", { class: "headline", dir: "auto" }, answer.headline),
    h("ul", { class: "checks" }, answer.checks.map(check)));
  panel.focus();
}
