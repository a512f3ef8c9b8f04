// Help, and the list of what could not be understood.

import { $, h, symbol } from "./dom.js";
import { moment, PRIORITY } from "./words.js";

function open(title, ...content) {
  const dialog = $("dialog");
  dialog.replaceChildren(
    h("header", {}, h("h2", {}, title), h("button", { class: "tool", title: "Close (Esc)", onclick: () => dialog.close() }, symbol("close", "Close"))),
    ...content);
  if (!dialog.open) dialog.showModal();
}

export function help() {
  const keys = [
    ["↑ ↓", "choose the hit above or below"],
    ["Home, End", "the newest, the oldest"],
    ["M", "show the chosen hit on the map"],
    ["F", "show the whole map"],
    ["Esc", "close what is open"],
    ["S", "sound for new hits on or off"],
    ["T", "day or night"],
  ];
  const about = $("about").dataset;
  open("Keys and meanings",
    h("div", { class: "help" },
      h("section", {}, h("h3", {}, "Keys"), h("dl", { class: "keys" }, keys.map(([key, meaning]) => h("div", {}, h("dt", {}, key), h("dd", {}, meaning))))),
      h("section", {}, h("h3", {}, "Priorities"),
        h("ul", { class: "legend" }, [1, 2, 3, 4].map((one) => h("li", { data: { priority: one } }, symbol(`p${one}`), PRIORITY[one]))),
        h("h3", {}, "Matches"),
        h("p", {}, "Exact: the read and the list entry have the same normal form. Near: one character differs, and it is marked."))),
    h("footer", {}, `Patrol ANPR ${about.version} · collector ${about.name}`));
}

export async function rejects() {
  open("Not understood", h("p", {}, "Loading…"));
  let rows, dropped;
  try {
    rows = await (await fetch("/api/rejects")).json();
    dropped = (await (await fetch("/api/stats")).json()).rejects_dropped;
  } catch {
    open("Not understood", h("p", {}, "The collector does not answer. Try again when the link is back."));
    return;
  }
  if (!rows.length) {
    open("Not understood", h("p", {}, "Every message so far was understood."));
    return;
  }
  open("Not understood",
    h("p", {}, "These messages could not be read as what they should be. They are kept as they came, so nothing is lost; look at the car that sent them."),
    ...(dropped ? [h("p", { class: "dropped" }, `${dropped} older ones had to make room on the disk (centre.max_reject_bytes); their contents are gone.`)] : []),
    h("table", {},
      h("thead", {}, h("tr", {}, ["Last", "Topic", "Reason", "Bytes", "Times"].map((name) => h("th", {}, name)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, [moment(row.last_at), row.topic, row.reason, String(row.size_bytes), String(row.times)].map((value) => h("td", {}, value)))))));
}
