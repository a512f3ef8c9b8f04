// One hit in full: what was seen beside what is listed, and how it got here.

import { $, h, symbol } from "./dom.js";
import { crop, plate } from "./plate.js";
import { coordinates, whereabouts } from "./places.js";
import { CATEGORY, CLOCK, date, LATE_S, lastVerdict, MATCH, millis, moment, OUTCOME, PRIORITY, seconds, span, STALE_S, VEHICLE } from "./words.js";

const SOURCE = { gps: "GPS", held: "last known, no GPS at that moment", none: "unknown" };

export class Detail {
  #state;
  #onMap;

  constructor(state, onMap) {
    this.#state = state;
    this.#onMap = onMap;
    state.on("selection loaded", () => this.#draw());
    state.on("hit", ({ hit }) => hit.id === state.selected && this.#draw());
  }

  #draw() {
    const panel = $("detail");
    const hit = this.#state.hits.get(this.#state.selected);
    panel.hidden = !hit;
    document.body.classList.toggle("detailed", Boolean(hit));
    if (!hit) return;
    const top = panel.dataset.id === hit.id ? panel.scrollTop : 0;
    panel.dataset.id = hit.id;
    panel.dataset.priority = hit.entry.priority;
    panel.replaceChildren(this.#head(hit), this.#compare(hit), this.#texts(hit), reminder(), this.#facts(hit), timeline(hit));
    panel.scrollTop = top;
  }

  #head(hit) {
    const { category, priority, vehicle_class: vehicle } = hit.entry;
    const verdict = lastVerdict(hit);
    return h("header", {},
      symbol(`p${priority}`),
      h("div", {}, h("h2", {}, CATEGORY[category]), h("p", {}, `Priority ${priority} · ${PRIORITY[priority]} · ${VEHICLE[vehicle]}`)),
      verdict ? h("span", { class: `verdict ${verdict.outcome}` }, OUTCOME[verdict.outcome]) : null,
      h("button", { class: "tool", title: "Close (Esc)", onclick: () => this.#state.select(null) }, symbol("close", "Close")),
    );
  }

  #compare(hit) {
    return h("div", { class: "compare" },
      h("figure", {}, h("div", { class: "pane" }, crop(hit, true)), h("figcaption", {}, h("b", {}, "Seen"), ` by ${hit.vehicle}, ${hit.read.camera} camera`)),
      h("figure", {}, h("div", { class: "pane" }, plate(hit.entry.plate, hit.read.rows, hit.differing)), h("figcaption", {}, h("b", {}, "Listed"), ` in ${hit.entry.list_name}`)),
    );
  }

  #texts(hit) {
    const [how, hint] = MATCH[hit.match];
    const field = (name, value, title) => h("div", { title }, h("dt", {}, name), h("dd", {}, value));
    return h("div", { class: `texts ${hit.match}` },
      h("dl", {},
        field("Read", hit.read.raw, "As it was seen, never changed"),
        field("Normal form", marked(hit.read.normalised, hit.differing), "The same without what does not count"),
        field("Matched", hit.entry.plate, "As its owner wrote it on the list"),
      ),
      h("p", {}, h("b", {}, how), hint ?? ` · confidence ${percent(hit.read.confidence)} over ${hit.read.n_frames} frame${hit.read.n_frames === 1 ? "" : "s"}`),
    );
  }

  #facts(hit) {
    const { read, entry, place } = hit;
    const stale = hit.list_age_s > STALE_S;
    const position = place
      ? [coordinates(place), place.accuracy_m !== null ? ` ± ${Math.round(place.accuracy_m)} m` : "", h("br"), h("small", {}, `${SOURCE[place.source]}${motion(place)}`)]
      : ["Not known"];
    const rows = [
      ["Reason", entry.reason],
      ...(entry.covert ? [["Covert", "Report, do not stop: the driver must not notice"]] : []),
      ...(entry.person_linked ? [["Person", "Listed because of a person, not because of the vehicle"]] : []),
      ["Where", [whereabouts(place), place ? h("button", { class: "link", onclick: () => this.#onMap(hit) }, "Show on map") : null]],
      ["Position", position],
      ["List", [`version ${hit.list_version}`, h("br"), h("small", { class: stale ? "bad" : "" }, `${span(hit.list_age_s)} old at the read${stale ? ": stale" : ""}`)]],
      ["Owner", entry.owner],
      ["Source", [entry.source, h("small", {}, ` · entry ${entry.entry_id}`)]],
      ["Valid until", moment(entry.valid_until)],
      ["Confidence", [percent(read.confidence), alternatives(read)]],
      ["Frame", h("code", { title: `SHA-256 of the frame that was read: ${read.frame_sha256}` }, read.frame_sha256)],
      ["Crop", h("code", { title: `SHA-256 of the crop: ${read.crop_sha256}` }, read.crop_sha256)],
      ["Car's clock", CLOCK[hit.clock]],
      ["Message", h("code", {}, `${hit.id} · no. ${hit.seq}`)],
    ];
    return h("dl", { class: "facts" }, rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
  }
}

function marked(text, differing) {
  if (differing === null) return text;
  return [...text].map((character, index) => (index === differing ? h("em", {}, character) : character));
}

function reminder() {
  return h("p", { class: "reminder" }, symbol("eye"),
    h("span", {}, h("b", {}, "A hit is a pointer, not a cause: "), "confirm by eye and confirm that the record is current."));
}

function alternatives(read) {
  if (!read.alternatives.length) return null;
  return h("small", {}, ` · else ${read.alternatives.map(({ text, probability }) => `${text} ${percent(probability)}`).join(", ")}`);
}

function motion(place) {
  const parts = [];
  if (place.speed_m_s !== null) parts.push(`${Math.round(place.speed_m_s * 3.6)} km/h`);
  if (place.heading_deg !== null) parts.push(`heading ${Math.round(place.heading_deg)}°`);
  return parts.length ? ` · ${parts.join(", ")}` : "";
}

function timeline(hit) {
  const start = hit.read.captured_at;
  const late = seconds(start, hit.received_at) > LATE_S;
  const steps = [
    ["Frame captured", start, hit.read.camera === "" ? "" : `${hit.read.camera} camera`],
    ["Hit in the car", hit.at, ""],
    ["Reached the centre", hit.received_at, late ? "late: the car had no link" : ""],
    ["Stored for good", hit.stored_at, "its car was told so"],
    ...hit.verdicts.map((one) => [`Verdict: ${OUTCOME[one.outcome]}`, one.at, one.officer]),
  ];
  const items = steps.map(([name, at, note], index) =>
    h("li", { class: name.startsWith("Verdict") ? "verdict-step" : "" },
      h("b", {}, name), h("time", { datetime: at, title: at }, index === 0 ? millis(at) : `+ ${span(seconds(start, at))}`), note ? h("small", {}, note) : null));
  if (!hit.verdicts.length) items.push(h("li", { class: "open" }, h("b", {}, "No verdict yet"), h("small", {}, "the officer's answer will stand here")));
  return h("section", { class: "timeline" }, h("h3", {}, `Timeline · ${date(start)}`), h("ol", {}, items));
}

const percent = (share) => `${(share * 100).toFixed(share > 0.995 && share < 1 ? 1 : 0)} %`;
