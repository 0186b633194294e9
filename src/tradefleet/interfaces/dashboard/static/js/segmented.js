// A row of buttons of which one is pressed.

import { findAll } from "./dom.js";

/**
 * Wires the buttons of `group`; `key` is their data attribute. Returns a function that reads the
 * chosen value, or sets it when given one.
 */
export function segmented(group, key, onChoice) {
  const buttons = () => findAll("button", group);
  const press = (value) => {
    for (const button of buttons()) button.setAttribute("aria-pressed", String(button.dataset[key] === value));
  };
  group.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    press(button.dataset[key]);
    onChoice(button.dataset[key]);
  });
  return (value) => {
    if (value !== undefined) press(value);
    return buttons().find((button) => button.getAttribute("aria-pressed") === "true")?.dataset[key];
  };
}
