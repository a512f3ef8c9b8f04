// What the list says while there is nothing in it: what has to be there for a hit to come.

import { $, h, symbol } from "./dom.js";
import { condition } from "./fleet.js";

export class Empty {
  #state;

  constructor(state) {
    this.#state = state;
    state.on("loaded hit car stats link", () => this.#draw());
  }

  #draw() {
    const box = $("empty");
    box.hidden = this.#state.hits.size > 0 || this.#state.link === "connecting";
    $("hits").hidden = !box.hidden;
    if (box.hidden) return;
    const { stats, link, cars } = this.#state;
    const states = [...cars.values()];
    const online = states.filter((car) => condition(car)[0] !== "off");
    const seeing = online.filter((car) => car.cameras.some((camera) => camera.delivering));
    const listed = online.filter((car) => car.list_version);
    const step = (done, yes, no) => h("li", { data: { level: done ? "ok" : "off" } }, symbol(done ? "ok" : "off"), h("span", {}, done ? yes : no));
    const some = (group, what) => `${group.length} of ${states.length} ${what}`;
    box.replaceChildren(
      symbol("watch"),
      h("h3", {}, "No hits yet"),
      h("p", {}, "A hit appears here the moment a car reads a plate that stands on a hotlist."),
      h("ul", {},
        step(link === "live" && stats?.connected, "Collector connected to the broker", "Collector not connected to the broker"),
        step(online.length, some(online, "cars online"), "No car online"),
        step(seeing.length, some(seeing, "cars with a camera that delivers"), "No camera delivers yet"),
        step(listed.length, some(listed, "cars with a hotlist"), "No hotlist in a car yet")));
  }
}
