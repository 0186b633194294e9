// News from the server: server-sent events, and a poll every 30 seconds where they fail.
//
// A dot says which: live, catching up, offline. A tab that slept fetches at once when it wakes.

import { get } from "./api.js";

const POLL_MS = 30_000;

/**
 * Calls `listener(overview)` whenever there is something new.
 * `onState` hears "live", "catching-up" or "offline".
 */
export function follow(listener, onState = () => {}) {
  let source = null;
  let heard = 0;
  let retry = null;

  const fetchNow = async () => {
    try {
      listener(await get("/api/overview"));
      heard = Date.now();
      if (source?.readyState !== EventSource.OPEN) onState("catching-up");
    } catch {
      onState("offline");
    }
  };

  const connect = () => {
    source?.close();
    source = new EventSource("/api/events");
    source.addEventListener("open", () => onState("live"));
    source.addEventListener("overview", (event) => {
      heard = Date.now();
      onState("live");
      listener(JSON.parse(event.data));
    });
    source.addEventListener("error", () => {
      onState("catching-up");
      if (source.readyState === EventSource.CLOSED) {
        clearTimeout(retry);
        retry = setTimeout(connect, 5_000);
      }
    });
  };

  connect();
  fetchNow();
  setInterval(() => {
    if (Date.now() - heard > POLL_MS) fetchNow();
  }, 5_000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - heard > 5_000) fetchNow();
  });
  return fetchNow;
}
