// The store's words, said to people.

const WHO = { owner: "you, in a browser", token: "a program, with the token", "command line": "you, in a terminal", bot: "the bot itself", "file KILL": "the file KILL" };

/** Who did something, within a sentence. */
export const who = (actor) => WHO[actor] ?? actor;

const OUTCOMES = {
  panic: { pause: "No bot buys anything new", keep: "Positions stay protected", sell: "What they hold is sold" },
  start: { run: "" },
  pause: { pause: "" },
  stop: { stop_keep: "What it holds stays protected", stop_sell: "What it holds is sold" },
  delete: { refuse: "It held nothing", sell: "Its position was sold", release: "Its coins stay in the wallet" },
};

/** What an action came to, where the store keeps a key for it; else the detail itself. */
export const outcome = (action, detail) => OUTCOMES[action]?.[detail] ?? detail;

export const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);
