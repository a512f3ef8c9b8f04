// The crew's view: idle, or one alert at a time with its verdict.

import { listen, say } from "./feed.js";
import * as theme from "./theme.js";
import { Announcer, Tones } from "./tones.js";
import { ago, date, far, MATCH, metres, OUTCOME, time, urgency } from "./words.js";

const GUARD_MS = 600; // a finger that was on its way to the former alert must not judge the new one
const MUTE_S = 600;

const $ = (id) => document.getElementById(id);
const state = { board: { waiting: [], recent: [], muted_s: 0 }, boardAt: 0, status: null, chosen: null, shown: null, guardUntil: 0 };
const tones = new Tones(() => drawSound());
const announcer = new Announcer(tones);

function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function symbol(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "symbol");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/static/symbols.svg#${name}`);
  svg.append(use);
  return svg;
}

const text = (id, value) => { if ($(id).textContent !== value) $(id).textContent = value; };

// --- lights -------------------------------------------------------------------------------------

function drawStatus(status) {
  state.status = status;
  $("lamps").replaceChildren(...status.lamps.map((lamp) => {
    const item = make("li", { title: `${lamp.name}: ${lamp.words}` }, symbol(lamp.level), make("span", { className: "label", textContent: lamp.name }));
    item.dataset.level = lamp.level;
    item.setAttribute("aria-label", `${lamp.name}: ${lamp.words}`);
    return item;
  }));
  $("cards").replaceChildren(...status.lamps.map((lamp) => {
    const item = make("li", {}, symbol(lamp.level), make("span", { className: "name", textContent: lamp.name }), make("span", { className: "words", textContent: lamp.words }));
    if (lamp.next_step && (lamp.level === "warn" || lamp.level === "fail")) item.append(make("span", { className: "next", textContent: lamp.next_step }));
    item.dataset.level = lamp.level;
    return item;
  }));
  $("idle").dataset.level = status.level;
  $("idle-symbol").firstElementChild.setAttribute("href", `/static/symbols.svg#${status.headline === "Watching" ? "watch" : "fail"}`);
  $("idle").dataset.level = status.headline === "Watching" ? "ok" : "fail";
  text("headline", status.headline);
  text("detail", status.detail);
  drawClock();
}

function drawClock() {
  const now = new Date();
  text("clock", now.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }));
  drawSince(now);
  drawSound();
  theme.apply();
}

// --- alerts -------------------------------------------------------------------------------------

const everything = () => [...state.board.waiting, ...state.board.recent];
const current = () => everything().find((alert) => alert.id === state.chosen) ?? state.board.waiting[0] ?? null;

function drawBoard(board) {
  state.board = board;
  state.boardAt = performance.now();
  const fresh = announcer.announce(board);
  if (fresh.length) state.chosen = null;
  drawAlert();
  drawSide();
  drawSound();
  for (const alert of fresh) {
    // After the next frame it is on the glass; then the delay from camera to eye is known.
    requestAnimationFrame(() => setTimeout(() => say("/shown", { hit: alert.id })));
  }
}

function drawAlert() {
  const alert = current();
  $("main").dataset.mode = alert ? "alert" : "idle";
  $("idle").hidden = Boolean(alert);
  $("alert").hidden = !alert;
  document.title = document.title.replace(/^\(.*?\) /, "");
  if (!alert) {
    state.shown = null;
    return;
  }
  if (state.board.waiting.length) document.title = `(${state.board.waiting.length}) ${document.title}`;
  if (state.shown !== alert.id) {
    if (state.shown !== null || !alert.outcome) guard();
    state.shown = alert.id;
    $("crop").src = `/crop/${alert.id}.jpg`;
    $("trouble").hidden = true;
    $("alert").classList.toggle("fresh", !alert.outcome);
  }
  $("alert").dataset.priority = alert.priority;
  $("shape").setAttribute("href", `/static/symbols.svg#p${alert.priority}`);
  text("category", alert.category);
  text("priority", `Priority ${alert.priority} · ${urgency(alert)}`);
  $("covert").hidden = !alert.covert;
  $("person").hidden = !alert.person_linked;
  $("stale").hidden = !alert.stale;
  text("stale", `STALE LIST · ${alert.list_age} old`);
  $("judged").hidden = !alert.outcome;
  text("judged", alert.outcome ? `Judged: ${OUTCOME[alert.outcome]}` : "");
  const others = state.board.waiting.filter((other) => other.id !== alert.id).length;
  $("more").hidden = others === 0;
  text("more", `+${others} waiting`);
  $("back").hidden = state.chosen === null;

  drawPlate(alert);
  $("raw").replaceChildren(...marked(alert.raw, alert, alert.raw === alert.key));
  $("listed-face").replaceChildren(...marked(alert.plate, alert, false));
  text("seen-by", `${alert.camera} camera · ${Math.round(alert.confidence * 100)} %`);
  text("listed-by", `${alert.list_name} list`);
  $("match").className = `match ${alert.match}`;
  const [sign, words] = MATCH[alert.match];
  $("match").replaceChildren(make("b", { textContent: sign }), words);
  text("reason", alert.reason || "No reason given on the list");
  text("vehicle-class", alert.vehicle_class);
  text("owner", [alert.owner, alert.source].filter(Boolean).join(" · "));
  text("list", `${alert.list_version} · ${alert.list_age} old${alert.stale ? " · STALE" : ""}`);
  text("valid", date(alert.valid_until));
  for (const button of $("verdicts").children) button.classList.toggle("chosen", button.dataset.outcome === alert.outcome);
  drawSince(new Date());
}

// The characters of a mark, with the one that differs picked out.
function marked(mark, alert, byKey) {
  if (alert.match !== "near" || alert.differing === null) return [mark];
  let place = -1;
  return [...mark].map((character) => {
    if (byKey || character !== " ") place += 1;
    return place === alert.differing && character !== " " ? make("mark", { textContent: character }) : character;
  });
}

function drawPlate(alert) {
  const parts = alert.plate.match(/^([A-Z]{1,3})[ -]?([0-9].*)$/);
  const rows = alert.rows === 2 && parts ? [parts[1], parts[2]] : [parts ? `${parts[1]} ${parts[2]}` : alert.plate];
  $("plate").className = ["plate", alert.yellow && "yellow", rows.length === 2 && "two", rows[0].length > 7 && "long"].filter(Boolean).join(" ");
  $("compare").classList.toggle("tall", alert.rows === 2);
  $("plate").replaceChildren(...rows.map((row) => make("span", { textContent: row })));
}

function drawSince(now) {
  const alert = current();
  if (!alert) return;
  const away = state.status ? metres(alert, state.status) : null;
  text("since", [time(alert.captured_at), ago(alert.captured_at, now), away === null ? null : far(away)].filter(Boolean).join(" · "));
}

function drawSide() {
  const item = (alert, note) => {
    const button = make("button", { type: "button", onclick: () => choose(alert.id) },
      symbol(`p${alert.priority}`),
      make("span", { className: "mark", textContent: alert.plate }),
      make("span", { className: "note", textContent: note }));
    button.dataset.priority = alert.priority;
    button.setAttribute("aria-current", String(alert.id === state.shown));
    return make("li", {}, button);
  };
  const fill = (id, alerts, note, empty) => {
    $(id).replaceChildren(...(alerts.length ? alerts.map((alert) => item(alert, note(alert))) : [make("li", { className: "empty", textContent: empty })]));
    text(`${id}-count`, alerts.length ? String(alerts.length) : "");
  };
  fill("waiting", state.board.waiting, (alert) => `${alert.category} · ${time(alert.captured_at)}`, "Nothing waits for a verdict.");
  fill("recent", state.board.recent, (alert) => `${OUTCOME[alert.outcome]} · ${time(alert.captured_at)}`, "No verdicts yet.");
}

function choose(id) {
  state.chosen = id;
  drawAlert();
  drawSide();
}

function guard() {
  state.guardUntil = performance.now() + GUARD_MS;
  $("verdicts").classList.add("guarded");
  setTimeout(() => {
    if (performance.now() >= state.guardUntil - 20) $("verdicts").classList.remove("guarded");
  }, GUARD_MS);
}

async function judge(outcome) {
  const alert = current();
  if (!alert || performance.now() < state.guardUntil) return;
  guard();
  const trouble = await say("/verdict", { hit: alert.id, outcome });
  $("trouble").hidden = !trouble;
  text("trouble", trouble);
  if (!trouble && state.chosen === alert.id) choose(null);
}

// --- sound and theme ----------------------------------------------------------------------------

function mutedS() {
  return Math.max(0, state.board.muted_s - (performance.now() - state.boardAt) / 1000);
}

function tool(id, icon, words, classes) {
  const key = `${icon}|${words}|${classes}`;
  if ($(id).dataset.key === key) return;
  $(id).dataset.key = key;
  $(id).className = `tool ${classes}`;
  $(id).replaceChildren(symbol(icon), make("span", { textContent: words }));
}

function drawSound() {
  const left = Math.ceil(mutedS());
  const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  if (tones.blocked) tool("sound", "mute", "Tap for sound", "attention");
  else if (left) tool("sound", "mute", `Muted ${clock}`, "muted");
  else tool("sound", "sound", "Sound on", "");
  $("sound").title = "Silences all but priority 1 for ten minutes";
}

// Any touch wakes the sound, so what the button does is settled by how things were when it was pressed.
let wasBlocked = false;
for (const press of ["pointerdown", "keydown"]) {
  $("sound").addEventListener(press, () => { wasBlocked = tones.blocked; });
}
$("sound").addEventListener("click", async () => {
  if (wasBlocked) {
    await tones.context.resume();
    tones.play(4);
  } else {
    await say("/mute", { seconds: mutedS() ? 0 : MUTE_S });
  }
});

function drawTheme() {
  const now = theme.apply();
  tool("theme", now, { auto: "Auto", day: "Day", night: "Night" }[theme.chosen()], "");
}

$("theme").addEventListener("click", () => {
  theme.toggle();
  drawTheme();
});

$("more").addEventListener("click", () => {
  const waiting = state.board.waiting;
  const place = waiting.findIndex((alert) => alert.id === state.shown);
  choose(waiting[(place + 1) % waiting.length].id);
});
$("back").addEventListener("click", () => choose(null));
$("verdicts").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) judge(button.dataset.outcome);
});
addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  const outcome = Object.keys(OUTCOME)[Number(event.key) - 1];
  if (outcome) judge(outcome);
});

// A tablet that goes to sleep shows no alert.
const stayAwake = () => navigator.wakeLock?.request("screen").catch(() => {});
document.addEventListener("visibilitychange", () => { if (!document.hidden) stayAwake(); });
stayAwake();

drawTheme();
drawSide();
drawClock();
setInterval(drawClock, 1000);
listen({ board: drawBoard, status: drawStatus });
