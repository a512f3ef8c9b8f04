// The hits at the left, newest first, each with the crop beside the listed plate.

import { $, h, symbol } from "./dom.js";
import { crop, plate } from "./plate.js";
import { whereabouts } from "./places.js";
import { ago, CATEGORY, LATE_S, lastVerdict, MATCH, moment, OUTCOME, PRIORITY, seconds, span, STALE_S } from "./words.js";

const FRESH_MS = 12_000;

export class HitList {
  #state;
  #rows = new Map();
  #unseen = 0;

  constructor(state) {
    this.#state = state;
    state.on("loaded", () => this.#drawAll());
    state.on("hit", ({ hit, isNew }) => this.#put(hit, isNew));
    state.on("selection", () => this.#mark());
    $("hits").addEventListener("scroll", () => this.#scrolled(), { passive: true });
    $("newer").addEventListener("click", () => $("hits").scrollTo({ top: 0, behavior: "smooth" }));
    setInterval(() => this.#tick(), 5_000);
  }

  focus(id) {
    const button = this.#rows.get(id)?.firstElementChild;
    button?.focus({ preventScroll: true });
    button?.scrollIntoView({ block: "nearest" });
  }

  #drawAll() {
    this.#rows.clear();
    for (const id of this.#state.order) this.#rows.set(id, this.#row(this.#state.hits.get(id)));
    $("hits").replaceChildren(...this.#rows.values());
    this.#mark();
    this.#sum();
  }

  #put(hit, isNew) {
    const row = this.#row(hit);
    if (!isNew) {
      this.#rows.get(hit.id)?.replaceWith(row);
      this.#rows.set(hit.id, row);
      this.#mark();
      this.#sum();
      return;
    }
    const list = $("hits");
    const scrolled = list.scrollTop > 40;
    const before = list.scrollHeight;
    row.classList.add("fresh");
    setTimeout(() => row.classList.remove("fresh"), FRESH_MS);
    this.#rows.set(hit.id, row);
    list.prepend(row);
    for (const [id, old] of this.#rows) {
      if (this.#state.hits.has(id)) continue;
      old.remove();
      this.#rows.delete(id);
    }
    if (scrolled) {
      // What one is reading must not move away when something arrives above it.
      list.scrollTop += list.scrollHeight - before;
      this.#unseen += 1;
    }
    this.#sum();
  }

  #row(hit) {
    const verdict = lastVerdict(hit);
    const late = seconds(hit.read.captured_at, hit.received_at);
    const tags = [
      hit.match !== "exact" ? h("span", { class: "tag near" }, MATCH[hit.match][0]) : null,
      hit.entry.covert ? h("span", { class: "tag covert", title: "Report, do not stop" }, "Covert") : null,
      late > LATE_S ? h("span", { class: "tag warn", title: "The car had no link" }, `${span(late)} late`) : null,
      hit.list_age_s > STALE_S ? h("span", { class: "tag warn" }, "List stale") : null,
    ];
    const entry = hit.entry;
    return h(
      "li",
      { data: { id: hit.id, priority: entry.priority } },
      h(
        "button",
        { class: "hit", onclick: () => this.#state.select(hit.id) },
        symbol(`p${entry.priority}`, `Priority ${entry.priority}, ${PRIORITY[entry.priority]}`),
        h("span", { class: "pair" }, plate(entry.plate, hit.read.rows, hit.differing), crop(hit)),
        h("span", { class: "when" }, h("time", { datetime: hit.read.captured_at, title: moment(hit.read.captured_at) }, ago(hit.read.captured_at))),
        h("span", { class: "what" }, h("strong", {}, CATEGORY[entry.category]), ` · ${whereabouts(hit.place)}`),
        h("span", { class: "who" }, h("span", {}, hit.vehicle), ...tags),
        h("span", { class: "said" }, verdict
          ? h("span", { class: `verdict ${verdict.outcome}` }, OUTCOME[verdict.outcome])
          : h("span", { class: "verdict none" }, "No verdict yet")),
      ),
    );
  }

  #mark() {
    for (const [id, row] of this.#rows) {
      const chosen = id === this.#state.selected;
      row.classList.toggle("chosen", chosen);
      if (chosen) row.firstElementChild.setAttribute("aria-current", "true");
      else row.firstElementChild.removeAttribute("aria-current");
    }
  }

  #sum() {
    const hits = [...this.#state.hits.values()];
    const open = hits.filter((hit) => !lastVerdict(hit)).length;
    $("shown").textContent = hits.length ? String(hits.length) : "";
    $("open-count").textContent = hits.length ? (open ? `${open} without a verdict` : "All have a verdict") : "";
    const newer = $("newer");
    newer.hidden = this.#unseen === 0;
    newer.textContent = `${this.#unseen} newer hit${this.#unseen === 1 ? "" : "s"} above`;
  }

  #scrolled() {
    if ($("hits").scrollTop > 40 || this.#unseen === 0) return;
    this.#unseen = 0;
    this.#sum();
  }

  #tick() {
    for (const element of $("hits").querySelectorAll("time")) {
      const text = ago(element.dateTime);
      if (element.textContent !== text) element.textContent = text;
    }
  }
}
