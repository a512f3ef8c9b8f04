// The control room's page: what is known, where it is shown, and the keys.

import { $, setSymbol } from "./dom.js";
import { Bar } from "./bar.js";
import { Detail } from "./detail.js";
import * as dialogs from "./dialogs.js";
import { Empty } from "./empty.js";
import { Feed } from "./feed.js";
import { Fleet } from "./fleet.js";
import { HitList } from "./list.js";
import { HitMap } from "./map.js";
import * as places from "./places.js";
import { State } from "./state.js";
import * as theme from "./theme.js";
import { Tones } from "./tones.js";
import { CATEGORY, PRIORITY } from "./words.js";

const state = new State();
const tones = new Tones();
const map = new HitMap(state);
new Bar(state);
// As in narrow.css: there the chosen hit lies over the map.
const narrow = matchMedia("(max-width: 820px)");
new Detail(state, (hit) => {
  if (narrow.matches) state.select(null);
  map.show(hit.place);
});
new Fleet(state, (car) => map.show(car.place));
new Empty(state);
const list = new HitList(state);

state.on("hit", ({ hit, isNew }) => {
  if (!isNew) return;
  tones.play(hit.entry.priority);
  $("announce").textContent = `New hit, priority ${hit.entry.priority}, ${PRIORITY[hit.entry.priority]}: ${CATEGORY[hit.entry.category]}, ${hit.entry.plate}`;
});

function step(by) {
  const { order, selected } = state;
  if (!order.length) return;
  const from = order.indexOf(selected);
  const to = Math.min(order.length - 1, Math.max(0, from < 0 && by === 1 ? 0 : from + by));
  state.select(order[to]);
  list.focus(order[to]);
}

function setTheme(value) {
  theme.set(value);
  setSymbol($("theme"), value === "day" ? "night" : "day");
  map.setTheme(value);
}

function toggleTheme() {
  theme.remember(theme.other());
  setTheme(theme.other());
}

function setSound() {
  const on = tones.toggle();
  $("sound").setAttribute("aria-pressed", String(on));
  setSymbol($("sound"), on ? "sound" : "mute");
}

const KEYS = {
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  Home: () => step(-Infinity),
  End: () => step(Infinity),
  Escape: () => state.select(null),
  m: () => map.show(state.hits.get(state.selected)?.place),
  f: () => map.fit(),
  s: setSound,
  t: toggleTheme,
  "?": dialogs.help,
  "+": () => map.zoom(1),
  "-": () => map.zoom(-1),
};

document.addEventListener("keydown", (event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey || event.altKey || $("dialog").open || !KEYS[key]) return;
  event.preventDefault();
  KEYS[key]();
});

$("theme").addEventListener("click", toggleTheme);
$("sound").addEventListener("click", setSound);
$("help").addEventListener("click", dialogs.help);
$("rejects").addEventListener("click", dialogs.rejects);
$("fit").addEventListener("click", () => map.fit());
$("zoom-in").addEventListener("click", () => map.zoom(1));
$("zoom-out").addEventListener("click", () => map.zoom(-1));

setTheme(theme.chosen());
await places.load().catch(() => {}); // without names the list shows coordinates
await new Feed(state).start();
