// The fields of a bot, made from the strategy's own parameters; used to create and to change.

import { h } from "./dom.js";
import { seconds } from "./format.js";

/** One field for a declared parameter; name, default, range and help come from the server. `scope` tells forms of one page apart. */
export function parameterField(parameter, value, prefix = "parameters", scope = "") {
  const id = `p-${scope}${prefix}-${parameter.name}`.replaceAll(".", "-");
  const name = `${prefix}.${parameter.name}`;
  const shown = value ?? parameter.default;
  let input;
  if (parameter.kind === "bool") {
    input = h("input", { id, name, type: "checkbox", checked: Boolean(shown), data: { kind: "bool" } });
  } else if (parameter.choices?.length) {
    input = h("select", { id, name, data: { kind: parameter.kind } }, parameter.choices.map((choice) => h("option", { value: choice, selected: choice === shown }, String(choice))));
  } else {
    input = h("input", { id, name, value: String(shown), inputmode: parameter.kind === "str" ? "text" : "decimal", autocomplete: "off", data: { kind: parameter.kind } });
  }
  const range = parameter.minimum !== null && parameter.maximum !== null ? ` ${parameter.minimum} to ${parameter.maximum}; ` : " ";
  return h("div", { class: "field" },
    h("label", { for: id }, parameter.name.replaceAll("_", " ")),
    input,
    h("p", { class: "help" }, `${parameter.help}${range}default ${parameter.default}.`),
    h("p", { class: "error", data: { error: name } }));
}

/** A risk rule: a switch and its parameters. */
export function ruleField(rule, values) {
  const box = h("div", { class: "rule" });
  const fields = h("div", { class: "form-grid", hidden: !values }, rule.parameters.map((p) => parameterField(p, values?.[p.name], `rules.${rule.key}`)));
  const toggle = h("input", { type: "checkbox", checked: Boolean(values), data: { rule: rule.key }, onchange: () => (fields.hidden = !toggle.checked) });
  box.append(h("label", { class: "switch" }, toggle, rule.title), h("p", { class: "help small muted" }, rule.doc), fields);
  return box;
}

/** The value a field stands for, in its own type; what is not a number stays text, so the server says why not. */
function typed(input) {
  if (input.dataset.kind === "bool") return input.checked;
  if (input.dataset.kind === "str") return input.value;
  const text = input.value.trim();
  const value = Number(text);
  return text !== "" && Number.isFinite(value) ? value : text;
}

/** The strategy's parameters that differ from their defaults. */
export function readParameters(form, strategy) {
  const found = {};
  for (const parameter of strategy.parameters) {
    const input = form.elements[`parameters.${parameter.name}`];
    if (!input) continue;
    const value = typed(input);
    if (value !== parameter.default) found[parameter.name] = value;
  }
  return found;
}

/** Reads the form as the server wants it. Parameters left at their defaults are not sent. */
export function readForm(form, strategy) {
  const body = {};
  for (const name of ["name", "symbol", "trade_amount", "stop_loss", "take_profit", "price_cap", "trailing_stop", "break_even", "sizing", "interval", "every"]) {
    const input = form.elements[name];
    if (input && !input.disabled) body[name] = input.value.trim();
  }
  body.bot_side_stop = form.elements.bot_side_stop.checked;
  if (strategy) {
    body.strategy = strategy.key;
    body.parameters = readParameters(form, strategy);
  }
  body.rules = {};
  for (const toggle of form.querySelectorAll("[data-rule]")) {
    if (!toggle.checked) continue;
    body.rules[toggle.dataset.rule] = {};
    for (const input of form.querySelectorAll(`[name^="rules.${toggle.dataset.rule}."]`)) {
      body.rules[toggle.dataset.rule][input.name.split(".").at(-1)] = typed(input);
    }
  }
  return body;
}

/** Shows the server's words at the fields they are about; the first wrong one gets the focus. */
export function showErrors(form, refusal, note) {
  clearErrors(form, note);
  const errors = refusal.errors?.length ? refusal.errors : [{ field: refusal.field, detail: refusal.message }];
  let first = null;
  for (const { field, detail } of errors) {
    const place = form.querySelector(`[data-error="${CSS.escape(field ?? "")}"]`);
    if (!place) {
      note.hidden = false;
      note.textContent = detail;
      continue;
    }
    place.textContent = detail;
    place.closest("details")?.setAttribute("open", "");
    const input = form.elements[field];
    if (input?.setAttribute) {
      input.setAttribute("aria-invalid", "true");
      first ??= input;
    }
  }
  (first ?? note).scrollIntoView({ block: "center" });
  first?.focus();
}

export function clearErrors(form, note) {
  note.hidden = true;
  for (const place of form.querySelectorAll("[data-error]")) place.textContent = "";
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
}

const RHYTHMS = ["1s", "2s", "5s", "10s", "15s", "30s", "1m", "3m", "5m", "10m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d"];

/** The rhythms that fit a candle length: whole multiples of it. */
export function rhythms(interval, also = "") {
  const length = seconds(interval);
  const fit = RHYTHMS.filter((every) => seconds(every) >= length && seconds(every) % length === 0);
  return also && !fit.includes(also) && seconds(also) % length === 0 ? [...fit, also].sort((a, b) => seconds(a) - seconds(b)) : fit;
}
