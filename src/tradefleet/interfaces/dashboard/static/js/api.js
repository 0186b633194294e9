// Talking to the server. A refusal arrives as a Refusal with the server's own words.

const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";

export class Refusal extends Error {
  constructor(problem) {
    super(problem.detail || problem.title || "The server refused.");
    this.status = problem.status ?? 0;
    this.code = problem.code ?? "";
    this.field = problem.field ?? "";
    this.errors = problem.errors ?? [];
  }
}

async function ask(method, path, body, headers = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: {
        Accept: "application/json",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(method === "GET" ? {} : { "X-CSRFToken": token }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refusal({ code: "offline", detail: "The dashboard's server cannot be reached. Bots go on without it." });
  }
  const text = await answer.text();
  let value = null;
  try {
    value = text ? JSON.parse(text) : null;
  } catch {
    value = null;
  }
  if (answer.status === 401) {
    location.href = `/login?next=${encodeURIComponent(location.pathname + location.hash)}`;
  }
  if (!answer.ok) throw new Refusal({ status: answer.status, ...(value ?? {}) });
  return value;
}

export const get = (path) => ask("GET", path);
export const post = (path, body = {}, headers = {}) => ask("POST", path, body, headers);
export const remove = (path, body = {}) => ask("DELETE", path, body);
