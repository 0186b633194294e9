// One backtest: its progress while it runs; then the page is loaded again, with the result in it.

import { post } from "./api.js";
import { attempt } from "./dialog.js";
import { find, say } from "./dom.js";
import { follow } from "./runs.js";

const { run, state } = find("#run-head").dataset;

find("#cancel")?.addEventListener("click", async ({ target }) => {
  target.disabled = true;
  await attempt(() => post(`/api/run/${run}/cancel`));
});

if (state === "running") {
  const bar = find("#progress");
  await follow(run, ({ share, progress }) => {
    if (share !== null) bar.value = share;
    if (progress) say(find("#progress-line"), progress);
  });
  location.reload();
}
