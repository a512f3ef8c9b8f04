// The strip of cars: who is there, what their cameras deliver, how old their lists are, what waits in them.

import { $, h, symbol } from "./dom.js";
import { ago, span, STALE_S } from "./words.js";

const QUIET_S = 90;

// Level and word for a car, worst first: also used by the map.
export function condition(car) {
  const silent = car.last_seen_at === null || (Date.now() - new Date(car.last_seen_at)) / 1000 > QUIET_S;
  if (car.state === "offline") return ["off", "Offline"];
  if (car.state === "stopping") return ["off", "Stopped"];
  if (car.state === null) return silent ? ["off", "Unknown"] : ["ok", "Online"];
  if (silent) return ["warn", "Silent"];
  if (car.cameras.some((camera) => !camera.delivering)) return ["warn", "Camera out"];
  return ["ok", "Online"];
}

const ORDER = { fail: 0, warn: 1, ok: 2, off: 3 };

export class Fleet {
  #state;
  #onMap;
  #due = false;

  constructor(state, onMap) {
    this.#state = state;
    this.#onMap = onMap;
    state.on("car loaded", () => this.#soon());
    setInterval(() => this.#draw(), 5_000);
    this.#draw();
  }

  #soon() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      this.#draw();
    });
  }

  #draw() {
    const cars = [...this.#state.cars.values()].map((car) => [car, ...condition(car)]);
    cars.sort(([a, levelA], [b, levelB]) =>
      ORDER[levelA] - ORDER[levelB] || a.vehicle.localeCompare(b.vehicle, "en", { numeric: true }));
    const online = cars.filter(([, level]) => level !== "off").length;
    $("fleet-sum").replaceChildren(
      h("b", {}, cars.length ? `${online} of ${cars.length}` : "No cars"),
      h("span", {}, cars.length ? "cars online" : "seen yet"));
    $("cars").replaceChildren(...cars.map((row) => this.#card(...row)));
  }

  #card(car, level, word) {
    const camera = car.cameras.length
      ? car.cameras.map(({ delivering, frames_per_s: rate }) => (delivering ? `${rate.toFixed(0)} fps` : "no picture")).join(" · ")
      : "–";
    const age = car.list_age_s === null ? null : car.list_age_s + (Date.now() - new Date(car.health_at)) / 1000;
    const stale = age !== null && age > STALE_S;
    const fact = (name, value, bad = false, title = null) => h("div", { class: bad ? "bad" : "", title }, h("dt", {}, name), h("dd", {}, value));
    return h("li", {},
      h("button", { class: "car", data: { level }, title: car.place ? "Show on map" : "No position known", onclick: () => this.#onMap(car) },
        h("span", { class: "car-head" }, symbol(level), h("b", {}, car.vehicle), h("em", {}, word),
          h("small", {}, car.last_seen_at ? (level === "ok" ? "" : ago(car.last_seen_at)) : "never heard")),
        h("dl", {},
          fact("Cameras", camera, car.cameras.some((one) => !one.delivering)),
          fact("List", age === null ? "–" : `${span(age)} old`, stale, car.list_version ? `Version ${car.list_version}` : null),
          fact("Waiting", car.outbox_waiting === null ? "–" : String(car.outbox_waiting), (car.outbox_waiting ?? 0) > 20, "Messages in the car that the centre has not receipted"),
          car.missing ? fact("Missing", String(car.missing), true, "Receipted once, but not in this store: compare with a backup") : null)));
  }
}
