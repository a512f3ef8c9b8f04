// The bar on top and the banner under it: counters, the state of the link, and what is wrong in plain words.

import { $, h, setSymbol, symbol } from "./dom.js";
import { span, time } from "./words.js";

const LIGHT = {
  connecting: ["off", "Connecting"],
  live: ["ok", "Live"],
  lost: ["fail", "Link lost"],
  trouble: ["warn", "Not storing"],
  unlinked: ["warn", "No broker"],
};

export class Bar {
  #state;

  constructor(state) {
    this.#state = state;
    state.on("stats", () => this.#stats());
    state.on("stats link", () => this.#link());
    const tick = () => {
      const now = new Date();
      $("clock").textContent = now.toLocaleTimeString("en-GB");
      $("today").textContent = now.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric" });
    };
    tick();
    setInterval(tick, 1_000);
  }

  #stats() {
    const { hits, verdicts, rejects, tasks_open: tasks, delay_p50_ms: p50, delay_p95_ms: p95 } = this.#state.stats;
    const number = (value) => value.toLocaleString("en-GB");
    $("n-tasks").hidden = !tasks;
    $("n-tasks").textContent = number(tasks);
    $("n-hits").textContent = number(hits);
    $("n-verdicts").textContent = number(verdicts);
    $("n-rejects").textContent = number(rejects);
    $("rejects").classList.toggle("bad", rejects > 0);
    $("delay").replaceChildren(...(p50 === null ? ["–"] : [span(p50 / 1000), h("small", {}, ` p95 ${span(p95 / 1000)}`)]));
  }

  #link() {
    const { link, stats, knownAt } = this.#state;
    const trouble = link === "live" ? stats?.trouble : null;
    const [level, word] = LIGHT[trouble ? (stats.connected ? "trouble" : "unlinked") : link];
    const light = $("link");
    light.dataset.level = level;
    light.querySelector("span").textContent = word;
    setSymbol(light, level);
    document.body.dataset.link = trouble ? "trouble" : link;
    const banner = $("banner");
    banner.hidden = !trouble && link !== "lost";
    banner.dataset.level = level;
    if (trouble) {
      banner.replaceChildren(symbol("warn"), h("p", {}, h("b", {}, trouble.message), ` ${trouble.next_step}`));
    } else if (link === "lost") {
      const since = knownAt ? `What you see is as of ${time(knownAt)}. ` : "";
      banner.replaceChildren(symbol("fail"), h("p", {}, h("b", {}, "The link to the collector is lost. "), `${since}Trying again; nothing is missed when it is back.`));
    }
  }
}
