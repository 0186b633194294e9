// Settings: how it looks, how it tells you things, what it stores, what the system was told.

import { get, post, remove } from "./api.js";
import { attempt, toast } from "./dialog.js";
import { find, h, render, say } from "./dom.js";
import { bytes, exactly, moment } from "./format.js";
import { segmented } from "./segmented.js";

const { dataset } = document.documentElement;

/** Keeps a choice in this browser and on the page; the charts hear of it. */
function remember(name, usual) {
  return (value) => {
    if (value === usual) {
      localStorage.removeItem(name);
      delete dataset[name];
    } else {
      localStorage.setItem(name, value);
      dataset[name] = value;
    }
    document.dispatchEvent(new Event("theme"));
  };
}

segmented(find("#theme"), "themeChoice", remember("theme", "system"))(dataset.theme ?? "system");
segmented(find("#palette"), "paletteChoice", remember("palette", "usual"))(dataset.palette ?? "usual");

const search = find("#settings-search");
const onlyMine = find("#only-mine");
let settings = [];

function showSettings() {
  const words = search.value.trim().toLowerCase();
  const found = settings.filter(({ key, value, help, source }) => (key + help).toLowerCase().includes(words) && !(onlyMine.checked && (source === "default" || value === "")));
  render(find("#settings"), found.length
    ? found.map(({ key, value, source, help }) =>
        h("tr", { data: { key } },
          h("td", { class: "mono key line" }, key),
          h("td", { class: "mono value line" }, value === "" ? h("span", { class: "muted" }, "not set") : value),
          h("td", { class: "minor nowrap" }, source === "default" || value === "" ? h("span", { class: "muted" }, "default") : h("span", { class: "chip", data: { tone: "accent" } }, source)),
          h("td", { class: "help line" }, help)))
    : h("tr", {}, h("td", { colspan: 4, class: "muted" }, "Nothing matches.")));
}

function showStorage({ storage, disk_free: free }) {
  const most = Math.max(1, ...storage.map((part) => part.bytes));
  render(find("#storage"),
    h("dl", { class: "sizes" }, storage.map((part) =>
      h("div", {}, h("dt", {}, part.name), h("dd", {}, h("span", { class: "bar", style: `--share: ${((part.bytes / most) * 100).toFixed(1)}%` }), h("span", { class: "number" }, bytes(part.bytes)))))),
    h("p", { class: "muted small" }, `${bytes(free)} free on this disk. Growth is bounded: old evaluations become counts, logs are cut.`));
}

function showNotify({ notify }) {
  const on = Object.entries(notify).filter(([, there]) => there).map(([name]) => name);
  const hours = Number(settings.find(({ key }) => key === "SUMMARY_HOURS")?.value);
  const summary = hours ? `a summary every ${hours} hours` : "no summaries";
  say(find("#notify-line"), on.length ? `Messages leave by ${on.join(", ")}: alarms at once, ${summary}.` : "No way to send messages is set up. Fill in TWILIO_… or APPRISE_URLS in .env and start again; .env.example explains both.");
  find("#alert-send").disabled = !on.length;
  find("#alert-send").title = on.length ? "" : "No way to send messages is set up.";
}

find("#alert-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const input = find("#alert-text");
  const place = find('[data-error="message"]');
  say(place, "");
  try {
    await post("/api/send_alert", { message: input.value || input.placeholder });
    toast("The message is on its way.", "gain");
    input.value = "";
  } catch (refusal) {
    say(place, refusal.message);
    input.focus();
  }
});
async function showSessions() {
  const { sessions } = await get("/api/sessions");
  const end = ({ id }) => attempt(async () => {
    await remove(`/api/session/${id}`);
    await showSessions();
  });
  render(find("#sessions"), h("ul", { class: "stack" }, sessions.map((session) =>
    h("li", { class: "row", data: { key: session.id } },
      h("code", {}, session.id),
      h("span", { class: "muted small", title: exactly(session.seen_at) }, session.current ? "this browser" : `seen ${moment(session.seen_at)}`),
      session.current ? null : h("button", { class: "button small", type: "button", onclick: () => end(session) }, "Log out")))));
}

search.addEventListener("input", showSettings);
onlyMine.addEventListener("change", showSettings);

try {
  const answer = await get("/api/settings");
  ({ settings } = answer);
  showSettings();
  showStorage(answer);
  showNotify(answer);
  await showSessions();
  say(find("#access-line"), answer.password ? "You log in with your password, or with the token." : "You log in with the token, which lies in the file “token” of the data folder; a password can be set with TRADEFLEET_PASSWORD.");
} catch (refusal) {
  toast(refusal.message, "act");
}
