// Asking before something that cannot be taken back, and telling what became of it.

import { h, find } from "./dom.js";

/** Shows a short message. Tones: "gain" (done), "act" (refused), "" (plain). */
export function toast(text, tone = "") {
  const element = h("div", { class: "toast", data: { tone }, title: "Click to close", onclick: () => element.remove() }, h("span", { dir: "auto" }, text));
  find("#toasts").append(element);
  setTimeout(() => element.remove(), tone === "act" ? 12_000 : 6_000);
}

/**
 * Asks a question whose buttons name the outcome. Resolves to the chosen answer's key, or null.
 *
 * answers: [{ key, label, danger, asked }], the safest last; `word` must be typed before one that is
 * dangerous or `asked`; `leave` is the button that does nothing.
 */
export function choose({ title, text, answers, word = "", leave = "Keep as it is" }) {
  return new Promise((resolve) => {
    const typed = word === "" ? null : h("input", { "aria-label": `Type ${word} to go on`, autocomplete: "off", placeholder: word });
    const buttons = answers.map(({ key, label, danger, asked }) =>
      h("button", { class: `button ${danger ? "danger loud" : ""}`, value: key, type: "submit", disabled: Boolean((danger || asked) && word), data: { asked: Boolean(danger || asked) } }, label),
    );
    typed?.addEventListener("input", () => {
      for (const button of buttons) if (button.dataset.asked === "true") button.disabled = typed.value !== word;
    });
    const dialog = h("dialog", { "aria-label": title },
      h("form", { method: "dialog" },
        h("h2", {}, title),
        ...[text].flat().map((part) => (typeof part === "string" ? h("p", {}, part) : part)),
        typed ? h("label", { class: "field" }, h("span", { class: "label" }, `Type ${word} to go on`), typed) : null,
        h("div", { class: `actions ${buttons.length > 1 ? "stacked" : ""}` }, h("button", { class: "button quiet", value: "", type: "submit" }, leave), ...buttons),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue || null);
    });
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    document.body.append(dialog);
    dialog.showModal();
    (typed || find(".actions button", dialog)).focus();
  });
}

/** Runs an action; says what became of it; never lets a refusal pass in silence. */
export async function attempt(action, done = "") {
  try {
    const answer = await action();
    const said = typeof done === "function" ? done(answer) : done;
    if (said) toast(said, "gain");
    return answer;
  } catch (refusal) {
    toast(refusal.message, "act");
    return null;
  }
}
