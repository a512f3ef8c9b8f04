// Day and night: by the clock, or as the crew chose.

const DAY_FROM_H = 7;
const NIGHT_FROM_H = 18;
const NEXT = { auto: "day", day: "night", night: "auto" };

export function chosen() {
  return localStorage.getItem("theme") ?? "auto";
}

export function apply() {
  const hour = new Date().getHours();
  const byClock = hour >= DAY_FROM_H && hour < NIGHT_FROM_H ? "day" : "night";
  const theme = chosen() === "auto" ? byClock : chosen();
  document.documentElement.dataset.theme = theme;
  return theme;
}

export function toggle() {
  localStorage.setItem("theme", NEXT[chosen()]);
  return apply();
}
