// Changing a bot: the same fields as creating one, and what the change means for an open position.

import { post } from "./api.js";
import { clearErrors, showErrors } from "./bot_form.js";
import { toast } from "./dialog.js";
import { find, findAll, say } from "./dom.js";
import { quantity } from "./format.js";
import { busy, openForm } from "./open_form.js";

/** The fields of `now` that differ from `before`. */
function differing(before, now) {
  return Object.fromEntries(Object.entries(now).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key])));
}

function effect(bot) {
  const when = bot.status === "running" ? "The bot follows at its next look at the market." : "The bot follows when it is started.";
  if (!bot.position) return `${when} It holds nothing, so nothing else changes.`;
  return `${when} It holds ${quantity(bot.position.quantity)} ${bot.base}: coin and strategy stay until that is sold; a new target moves with the open position, a new stop only ever closer to the price.`;
}

/** Fills the settings' panel; `onSaved(bot)` hears what the server made of a change. */
export async function botSettings(bot, onSaved) {
  const form = find("#bot-form");
  const note = find("#form-note");
  let base = null;
  let read = () => ({});

  const showChanges = () => {
    const names = base ? Object.keys(differing(base, read())) : [];
    say(find("#changes"), names.length ? `Changed: ${names.map((name) => name.replaceAll("_", " ")).join(", ")}.` : "Nothing changed yet.");
    find('button[type="submit"]', form).disabled = !names.length;
    find('button[type="reset"]', form).disabled = !names.length;
  };

  const explainEffect = () => {
    say(find("#effect"), effect(bot));
    for (const input of [form.elements.symbol, ...findAll('[name="strategy"]', form)]) {
      input.disabled = Boolean(bot.position);
      input.title = bot.position ? "It can be changed when the bot is flat." : "";
    }
  };

  try {
    const opened = await openForm(form, bot, () => showChanges());
    read = opened.read;
    base = read();
    showChanges();
    explainEffect();
  } catch (refusal) {
    note.hidden = false;
    note.textContent = refusal.message;
  }
  form.hidden = false;

  form.addEventListener("reset", (event) => {
    event.preventDefault();
    location.reload();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearErrors(form, note);
    busy(form, true);
    try {
      const wanted = read();
      const saved = await post(`/api/bot/${bot.id}/update`, { ...differing(base, wanted), version: bot.version });
      bot = { ...bot, ...saved };
      base = wanted;
      toast("Saved. The bot follows at its next look.", "gain");
      onSaved(saved);
      explainEffect();
    } catch (refusal) {
      showErrors(form, refusal, note);
    }
    busy(form, false);
    showChanges();
  });

  return (fresh) => {
    const changed = Boolean(fresh.position) !== Boolean(bot.position) || fresh.status !== bot.status;
    bot = { ...bot, position: fresh.position, status: fresh.status };
    if (changed) explainEffect();
  };
}
