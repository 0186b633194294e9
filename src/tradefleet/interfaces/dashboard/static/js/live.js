// News from the server: server-sent events, and a poll every 30 seconds where they fail.
//
// A dot says which: live, catching up, offline. A tab that slept fetches at once when it wakes.

import { get } from "./api.js";

const POLL_MS = 30_000;
const RETRY_MS = 5_000;

/**
 * Calls `listener(overview)` whenever there is something new, `onState` with "live",
 * "catching-up" or "offline", and the age of the newest figures in milliseconds.
 * Returns a function that fetches now.
 */
export function follow(listener, onState) {
  let source = null;
  let heard = 0;
  let state = "catching-up";
  let retry = null;

  const tell = (wanted = state) => {
    state = wanted;
    onState(state, heard ? Date.now() - heard : 0);
  };

  const take = (overview) => {
    heard = Date.now();
    listener(overview);
  };

  const fetchNow = async () => {
    try {
      take(await get("/api/overview"));
      tell(source?.readyState === EventSource.OPEN ? "live" : "catching-up");
    } catch {
      tell("offline");
    }
  };

  const connect = () => {
    source?.close();
    source = new EventSource("/api/events");
    source.addEventListener("open", () => tell("live"));
    source.addEventListener("overview", (event) => {
      take(JSON.parse(event.data));
      tell("live");
    });
    source.addEventListener("error", () => {
      const wasLive = state === "live";
      if (state !== "offline") tell("catching-up");
      if (wasLive) fetchNow(); // is it the stream alone, or the server?
      if (source.readyState !== EventSource.CLOSED) return;
      clearTimeout(retry);
      retry = setTimeout(connect, 2 * RETRY_MS);
    });
  };

  connect();
  fetchNow();
  setInterval(() => {
    const quiet = source?.readyState !== EventSource.OPEN;
    if (Date.now() - heard > (quiet && state === "offline" ? RETRY_MS : POLL_MS)) fetchNow();
    else tell();
  }, 5_000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - heard > 5_000) fetchNow();
  });
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && connect());
  return fetchNow;
}
