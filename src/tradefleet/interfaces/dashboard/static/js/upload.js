// A file on its way to the server: in pieces, so that no request is large, and then taken in by a run.

import { get, post, Refusal } from "./api.js";
import { follow } from "./runs.js";

const base64 = (part) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(new Refusal({ field: "file", detail: "The file cannot be read; was it changed or moved?" }));
    reader.readAsDataURL(part);
  });

/** Sends a file; `onShare(share)` hears how much has come, 0 to 1. Returns what to call it by. */
async function send(file, onShare) {
  const { id, piece } = await post("/api/candle-files", { name: file.name, size: file.size });
  for (let at = 0; at < file.size; at += piece) {
    await post(`/api/candle-file/${id}/piece`, { at, data: await base64(file.slice(at, at + piece)) });
    onShare(Math.min(1, (at + piece) / file.size));
  }
  return id;
}

/**
 * Sends a file and waits until it is taken in or refused; `onTaking()` hears when it has come and a run took it over.
 * Returns what became of it, as `partsOf` gives it.
 */
export async function takeIn(file, { onShare, onTaking, ...wanted }) {
  const id = await send(file, onShare);
  const begun = await post(`/api/candle-file/${id}/import`, wanted);
  onTaking();
  return partsOf(await follow(begun.id, () => {}));
}

/** What became of each file or order of a run that has ended. */
export async function partsOf(run) {
  if (run.has_result) return (await get(`/api/run/${run.id}/document`)).parts;
  return [{ problem: run.problem || "it was cancelled" }];
}
