// Entries that officers called out of date: what the owner must answer, by recall, and the record of it.

import { $, h, symbol } from "./dom.js";
import { follow, setTaskCount } from "./page.js";
import { plate } from "./plate.js";
import { ago, CATEGORY, moment, OUTCOME, PRIORITY, VEHICLE } from "./words.js";

let data = null;
let openOnly = true;
let chosen = null;
let drawn = "";
let ask = null;

const said = (task) => task.steps.filter((step) => step.kind === "said");
const shown = () =>
  data.tasks.filter((task) => task.open === openOnly).sort((a, b) => (openOnly ? a.entry.priority - b.entry.priority : 0) || b.number - a.number);

function item(task) {
  const officers = said(task).length;
  const { entry } = task;
  return h("li", { class: task.number === chosen ? "chosen" : "" },
    h("button", { class: "task-row", data: { priority: entry.priority, number: task.number }, onclick: () => select(task.number) },
      symbol(`p${entry.priority}`), plate(entry.plate),
      h("span", { class: "task-what" }, h("b", {}, CATEGORY[entry.category]), h("small", {}, `${entry.owner} · list ${entry.list_name}`)),
      h("span", { class: "task-when" }, ago(task.opened_at), state(task), officers > 1 ? h("small", {}, `${officers} officers`) : null)));
}

function state(task) {
  if (task.recalled) return h("span", { class: "verdict correct" }, "Recalled");
  return task.open ? h("span", { class: "verdict out_of_date" }, "No recall yet") : h("span", { class: "verdict not_now" }, "Closed");
}

function answer(task) {
  const { entry } = task;
  if (task.recalled) {
    const all = task.silent === task.cars;
    return h("div", { class: "answer", data: { level: all ? "ok" : "warn" } }, symbol(all ? "ok" : "warn"),
      h("p", {}, h("b", {}, `Recalled in version ${task.newest_version}. `), `Silent in ${task.silent} of ${task.cars} ${task.cars === 1 ? "car" : "cars"} that take the list${all ? "." : "; the others follow when they are linked."}`));
  }
  if (!task.open) {
    return h("div", { class: "answer", data: { level: "off" } }, symbol("off"), h("p", {}, h("b", {}, "Closed without a recall. "), "Where the newest list still holds the entry, it alerts."));
  }
  return h("div", { class: "answer", data: { level: "warn" } }, symbol("warn"),
    h("div", {},
      h("p", {}, h("b", {}, "Silent only in the cars whose officers said so. "), "Check the source record. If the vehicle is not wanted any more, recall the entry: one person of the list can, and every linked car is silent within a minute."),
      h("code", {}, `anpr hotlist recall "${entry.entry_id}" --repo ${entry.list_name} --key FILE --broker HOST:PORT --wait 30`)));
}

const STEP = { said: "Out of date", mended: "Said otherwise", closed: "Closed", reopened: "Opened again" };

function history(task) {
  return h("section", { class: "steps" }, h("h3", {}, "Record"),
    h("ol", {}, task.steps.map((step) => h("li", { data: { kind: step.kind } },
      h("b", {}, step.kind === "mended" ? `${STEP.mended}: ${OUTCOME[step.reason]}` : STEP[step.kind]),
      h("span", {}, step.vehicle ? `${step.person}, ${step.vehicle}` : step.person),
      h("time", { datetime: step.at }, moment(step.at)),
      h("code", { title: `Digest of this step and all before it: ${step.digest}` }, step.digest.slice(0, 16)),
      step.vehicle ? null : h("p", {}, `“${step.reason}”`)))));
}

function form(task) {
  const verb = task.open ? "close" : "reopen";
  const person = h("input", { id: "person", required: true, minlength: 2, maxlength: 100, autocomplete: "name", placeholder: "Rank and name" });
  const reason = h("textarea", { id: "reason", required: true, minlength: 3, maxlength: 500, rows: 2, placeholder: task.open ? "What the source record says, and what was done" : "Why it must be looked at again" });
  person.value = localStorage.getItem("person") ?? "";
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const send = async (event) => {
    event.preventDefault();
    if (!box.reportValidity()) return;
    localStorage.setItem("person", person.value);
    try {
      const reply = await fetch(`/api/tasks/${task.number}/${verb}`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ person: person.value, reason: reason.value }),
      });
      if (!reply.ok) throw new Error((await reply.json()).detail ?? `status ${reply.status}`);
      drawn = "";
      openOnly = !task.open;
      mark();
      await ask();
    } catch (error) {
      problem.hidden = false;
      problem.textContent = `That was not kept: ${error.message}`;
    }
  };
  const box = h("form", { class: "settle", onsubmit: send },
    h("label", {}, h("span", {}, "Your name"), person),
    h("label", {}, h("span", {}, "Reason"), reason),
    problem,
    h("footer", {}, h("small", {}, "Name, reason and time stay on the record."), h("button", { class: "act" }, task.open ? "Close this task" : "Open it again")));
  return box;
}

function detail(task) {
  const { entry } = task;
  const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
  return [
    h("header", { class: "task-head", data: { priority: entry.priority } }, plate(entry.plate),
      h("div", {}, h("h2", {}, CATEGORY[entry.category]), h("p", {}, `Priority ${entry.priority} · ${PRIORITY[entry.priority]} · ${VEHICLE[entry.vehicle_class]}`)),
      h("span", { class: "number" }, `Task ${task.number}`)),
    answer(task),
    h("dl", { class: "facts" },
      fact("Owner", entry.owner), fact("Source", entry.source), fact("Reason", entry.reason),
      fact("List", `${entry.list_name}, version ${task.list_version} in the car`), fact("Entry", entry.entry_id), fact("Valid until", moment(entry.valid_until))),
    history(task), form(task),
  ];
}

function draw() {
  const rows = shown();
  if (!rows.some((task) => task.number === chosen)) chosen = rows[0]?.number ?? null;
  setTaskCount(data.tasks.filter((task) => task.open).length);
  $("tasks").replaceChildren(...rows.map(item));
  $("empty").hidden = rows.length > 0;
  $("empty").replaceChildren(symbol("ok"), h("h3", {}, openOnly ? "Nothing waits for an answer" : "No task was closed yet"),
    h("p", {}, "When an officer says that an entry is out of date, it stands here for its owner."));
  const record = $("record");
  record.dataset.level = data.broken_step === null ? "ok" : "fail";
  record.replaceChildren(symbol(record.dataset.level), data.broken_step === null ? "The record of all tasks is whole." : `The record was tampered with at step ${data.broken_step}.`);
  const task = rows.find((one) => one.number === chosen);
  const text = JSON.stringify(task ?? null);
  // Drawing anew would take away what somebody is typing.
  if (text === drawn) return;
  const keep = { number: $("task").dataset.number, person: $("person")?.value, reason: $("reason")?.value };
  drawn = text;
  $("task").hidden = !task;
  $("task").dataset.number = task?.number ?? "";
  if (!task) return;
  $("task").replaceChildren(...detail(task));
  if (keep.number === String(task.number) && keep.reason) {
    $("person").value = keep.person;
    $("reason").value = keep.reason;
  }
}

function select(number) {
  chosen = number;
  draw();
}

function mark() {
  $("open").setAttribute("aria-pressed", String(openOnly));
  $("closed").setAttribute("aria-pressed", String(!openOnly));
}

function choose(value) {
  openOnly = value;
  mark();
  if (data) draw();
}

$("open").addEventListener("click", () => choose(true));
$("closed").addEventListener("click", () => choose(false));
ask = follow("/api/tasks", (found) => {
  data = found;
  draw();
});
