// Real money: a bot is armed, not switched. Symbol and password are typed again.

import { post } from "./api.js";
import { attempt, toast } from "./dialog.js";
import { find, h } from "./dom.js";
import { moment, number } from "./format.js";

export const isLive = () => document.body.dataset.mode === "live";

/** Whether a bot is armed at this moment, as far as the page knows. */
export const isArmed = (bot, now) => Boolean(bot.arming) && bot.arming.expires_at > now;

/** What a person should know about a bot's arming, in a few words. */
export const armed = (bot) => `Armed until ${moment(bot.arming.expires_at)}, at most ${number(bot.arming.cap)} ${bot.quote} a buy`;

const field = (label, input, hint = "") => h("label", { class: "field" }, h("span", { class: "label" }, label), input, hint ? h("span", { class: "hint" }, hint) : null);

/** Asks for what arming needs; resolves to the server's answer, or null if nothing was done. */
export function arm(bot) {
  return new Promise((resolve) => {
    const named = (name, more) => h("input", { name, autocomplete: "off", ...more });
    const note = h("p", { class: "note", data: { tone: "act" }, hidden: true });
    const form = h("form", { method: "dialog" },
      h("h2", {}, `Arm ${bot.name} for real money?`),
      h("p", { class: "muted" }, "It may then buy with your money until this ends by itself, until you disarm it or change any of its settings. The first round trip is small."),
      note,
      field(`Type its symbol again: ${bot.symbol}`, named("symbol", { required: true, placeholder: bot.symbol })),
      field(`Most one buy may spend, in ${bot.quote}`, named("cap", { required: true, inputmode: "decimal", value: bot.trade_amount })),
      field("For how many days", named("days", { type: "number", min: 1, max: 90, value: 30 })),
      field("Password or token", named("password", { type: "password", required: true, autocomplete: "current-password" })),
      field("Only where the key may withdraw: why it is used all the same", named("reason", { maxlength: 500 })),
      h("div", { class: "actions" },
        h("button", { class: "button quiet", type: "button", id: "arm-leave" }, "Keep it unarmed"),
        h("button", { class: "button danger loud", type: "submit" }, "Arm it")));
    const dialog = h("dialog", { "aria-label": "Arm for real money" }, form);
    let answer = null;
    find("#arm-leave", form).addEventListener("click", () => dialog.close());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const { symbol, cap, days, password, reason } = Object.fromEntries(new FormData(form));
      try {
        answer = await post(`/api/bot/${bot.id}/arm`, { symbol, cap, days: Number(days), password, reason });
        dialog.close();
        toast(answer.warning || `${bot.name} is armed. Start it when you want.`, answer.warning ? "act" : "gain");
      } catch (refusal) {
        note.hidden = false;
        note.textContent = refusal.message;
        form.elements[refusal.field]?.focus();
      }
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
    form.elements.symbol.focus();
  });
}

/** Ends an arming. */
export const disarm = (bot) => attempt(() => post(`/api/bot/${bot.id}/disarm`), `${bot.name} enters nothing more with real money.`);
