// Day and night: as chosen here before, else as the machine is set.

export const chosen = () =>
  localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: light)").matches ? "day" : "night");

export const other = () => (document.documentElement.dataset.theme === "day" ? "night" : "day");

export function set(theme) {
  document.documentElement.dataset.theme = theme;
}

export const remember = (theme) => localStorage.setItem("theme", theme);
