// What the pages beside the live one share: theme, clock, light, and asking again when something changed.

import { $, h, setSymbol, symbol } from "./dom.js";
import * as theme from "./theme.js";

const EVERY_MS = 5_000;
const AFTER_CHANGE_MS = 400;

function setTheme(value) {
  theme.set(value);
  setSymbol($("theme"), value === "day" ? "night" : "day");
}

function toggleTheme() {
  theme.remember(theme.other());
  setTheme(theme.other());
}

function tick() {
  const now = new Date();
  $("clock").textContent = now.toLocaleTimeString("en-GB");
  $("today").textContent = now.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric" });
}

export function setTaskCount(count) {
  const badge = $("n-tasks");
  badge.hidden = !count;
  badge.textContent = String(count);
}

function setLight(level, word) {
  const light = $("link");
  light.dataset.level = level;
  light.querySelector("span").textContent = word;
  setSymbol(light, level);
  document.body.dataset.link = level === "ok" ? "live" : "lost";
  const banner = $("banner");
  banner.hidden = level === "ok";
  banner.dataset.level = level;
  if (level === "fail") {
    banner.replaceChildren(symbol("fail"), h("p", {}, h("b", {}, "The link to the collector is lost. "), "What you see may be old. Trying again."));
  }
}

// Draws what the address answers, now, every few seconds, and soon after anything changed.
export function follow(address, draw) {
  let due = null;
  const ask = async () => {
    clearTimeout(due);
    due = setTimeout(ask, EVERY_MS);
    try {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      draw(await answer.json());
      setLight("ok", "Live");
    } catch (error) {
      if (!(error instanceof TypeError) && !/^status/.test(error.message)) throw error;
      setLight("fail", "Link lost");
    }
  };
  const source = new EventSource("/events");
  source.addEventListener("car", () => {
    clearTimeout(due);
    due = setTimeout(ask, AFTER_CHANGE_MS);
  });
  source.addEventListener("stats", (event) => setTaskCount(JSON.parse(event.data).tasks_open));
  ask();
  return ask;
}

$("theme").addEventListener("click", toggleTheme);
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.key.toLowerCase() !== "t") return;
  toggleTheme();
});
setTheme(theme.chosen());
tick();
setInterval(tick, 1_000);
