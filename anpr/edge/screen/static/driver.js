// The driver's view: one symbol, one colour, one word, one sound.

import { listen } from "./feed.js";
import * as theme from "./theme.js";
import { Announcer, Tones } from "./tones.js";
import { urgency } from "./words.js";

const $ = (id) => document.getElementById(id);
let board = { waiting: [], recent: [], muted_s: 0 };
let status = null;
const tones = new Tones(draw);
const announcer = new Announcer(tones);

function draw() {
  const alert = board.waiting[0];
  const watching = status?.headline === "Watching";
  const [level, symbol, word] = alert
    ? ["alert", `p${alert.priority}`, urgency(alert)]
    : watching
      ? ["ok", "watch", "Watching"]
      : ["fail", "fail", status?.headline ?? "Starting"];
  $("driver").dataset.level = level;
  $("driver").dataset.priority = alert ? alert.priority : "";
  $("symbol").setAttribute("href", `/static/symbols.svg#${symbol}`);
  $("word").textContent = word;
  $("sound").hidden = !tones.blocked;
  theme.apply();
}

$("sound").addEventListener("click", () => tones.wake());
listen({
  board: (news) => {
    board = news;
    announcer.announce(news);
    draw();
  },
  status: (news) => {
    status = news;
    draw();
  },
});
draw();
