// Which car holds which version of each list, how old it is, and what it refused last and why.

import { $, h, symbol } from "./dom.js";
import { follow } from "./page.js";
import { ago, moment, span } from "./words.js";

const HOLDING = {
  missing: ["fail", "Not held"],
  too_old: ["fail", "Too old, no alerts"],
  stale: ["warn", "Stale"],
  behind: ["warn", "Behind"],
  current: ["ok", "Current"],
  by_hand: ["off", "By hand"],
};
const WORST = Object.keys(HOLDING);
const REASON = {
  rollback: "Older than the one held",
  expired: "Had run out",
  mixed: "Parts did not belong together",
  unsigned: "Signature missing or wrong",
  altered: "Bytes were altered",
  malformed: "No list at all",
  oversized: "Too large",
  storage: "Disk refused",
  unreachable: "Server not reached",
};

let data = null;
let troubleOnly = false;

const ok = (one) => one.holding === "current" || one.holding === "by_hand";
const worst = (car) => Math.min(WORST.length, ...car.lists.map((one) => WORST.indexOf(one.holding)));

function tile(list) {
  const held = list.holding.current ?? 0;
  const parts = WORST.toReversed().filter((one) => list.holding[one]);
  const late = list.good_until && new Date(list.good_until) < new Date();
  const fact = (name, value, bad = false) => h("div", { class: bad ? "bad" : "" }, h("dt", {}, name), h("dd", {}, value));
  return h("article", { class: "tile", data: { list: list.list_name } },
    h("header", {}, h("h2", {}, list.list_name), h("code", {}, list.version ?? "not published here")),
    list.version
      ? h("p", { class: "held" }, h("b", {}, `${held} of ${list.cars}`), list.cars === 1 ? " car holds the newest version" : " cars hold the newest version")
      : h("p", { class: "held" }, h("b", {}, String(list.cars)), list.cars === 1 ? " car holds it" : " cars hold it"),
    h("div", { class: "share", role: "img", "aria-label": parts.map((one) => `${HOLDING[one][1]}: ${list.holding[one]}`).join(", ") },
      parts.map((one) => share(list.holding[one], HOLDING[one][0], one))),
    h("ul", { class: "legend" }, parts.map((one) => h("li", { data: { level: HOLDING[one][0] } }, symbol(HOLDING[one][0]), `${HOLDING[one][1]} ${list.holding[one]}`))),
    h("dl", {},
      fact("Signed by", list.signers.length ? list.signers.join(", ") : "nobody"),
      fact("Renewed", list.as_of ? ago(list.as_of) : "–"),
      fact(late ? "Ran out" : "Good until", list.good_until ? moment(list.good_until) : "–", late),
      fact("Recalled", String(list.recalled)),
      fact("Refusals", list.refused ? `${list.refused} ${list.refused === 1 ? "car" : "cars"}` : "none", list.refused > 0)));
}

// A style attribute would need a hole in the page's policy; a property set by script does not.
function share(count, level, holding) {
  const part = h("i", { data: { level, holding } });
  part.style.flexGrow = count;
  return part;
}

function cell(one) {
  if (!one) return h("td", { class: "nil" }, "–");
  const [level, word] = HOLDING[one.holding];
  return h("td", {},
    h("div", { class: "holding", data: { level }, title: one.as_of ? `Last heard to be the newest: ${moment(one.as_of)}` : null },
      symbol(level), h("b", {}, word),
      h("small", {}, one.version ? `${one.version} · ${span(one.age_s)} old · ${one.entries.toLocaleString("en-GB")} ${one.entries === 1 ? "entry" : "entries"}` : "waiting for it")));
}

function row(car, names) {
  const away = car.state !== "online";
  const refusal = car.refusals.at(-1);
  return h("tr", { class: away ? "away" : "", data: { car: car.vehicle } },
    h("th", { scope: "row" }, h("b", {}, car.vehicle), h("small", {}, away ? `${car.state ?? "unknown"}, ${car.last_seen_at ? ago(car.last_seen_at) : "never heard"}` : "online")),
    names.map((name) => cell(car.lists.find((one) => one.list_name === name))),
    refusal
      ? h("td", { class: "refused" }, h("div", { class: "holding", data: { level: "warn" }, title: refusal.words }, symbol("warn"), h("b", {}, REASON[refusal.reason]), h("small", {}, `${refusal.list_name}, ${ago(refusal.at)}`)), h("p", {}, refusal.words))
      : h("td", { class: "nil" }, "none"));
}

function draw() {
  const names = data.lists.map((one) => one.list_name);
  $("lists").replaceChildren(...data.lists.map(tile));
  const bad = data.cars.filter((car) => car.refusals.length || car.lists.some((one) => !ok(one)));
  const cars = (troubleOnly ? bad : [...data.cars]).sort((a, b) =>
    worst(a) - worst(b) || b.refusals.length - a.refusals.length || a.vehicle.localeCompare(b.vehicle, "en", { numeric: true }));
  $("count").textContent = `${data.cars.length}${bad.length ? ` · ${bad.length} not current` : ""}`;
  $("cars").replaceChildren(
    h("thead", {}, h("tr", {}, h("th", {}, "Car"), names.map((name) => h("th", {}, name)), h("th", {}, "Last refusal"))),
    h("tbody", {}, cars.map((car) => row(car, names))));
  $("cars").hidden = !cars.length;
  $("empty").hidden = cars.length > 0;
  $("empty").replaceChildren(symbol(data.cars.length ? "ok" : "watch"),
    h("h3", {}, data.cars.length ? "Every car is current" : "No car has reported its lists yet"),
    h("p", {}, data.cars.length ? "No car is behind, stale or refused a list." : "Cars say what they hold when they come online, and after each change."));
}

function choose(value) {
  troubleOnly = value;
  $("all").setAttribute("aria-pressed", String(!value));
  $("trouble").setAttribute("aria-pressed", String(value));
  if (data) draw();
}

$("all").addEventListener("click", () => choose(false));
$("trouble").addEventListener("click", () => choose(true));
follow("/api/lists", (answer) => {
  data = answer;
  draw();
});
