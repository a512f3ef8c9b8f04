// A mark drawn as the plate one looks for, and the crop of the very frame that was read.

import { h } from "./dom.js";
import { spaced } from "./words.js";

export function plate(mark, rows = 1, differing = null) {
  const text = spaced(mark);
  const lines = rows === 2 ? split(text) : [text];
  let place = -1;
  const spans = lines.map((line) =>
    h("span", {}, [...line].map((character) => {
      if (character !== " ") place += 1;
      return differing !== null && place === differing && character !== " " ? h("em", {}, character) : character;
    })),
  );
  const size = Math.max(...lines.map((line) => line.length));
  return h("span", { class: `plate${rows === 2 ? " two" : ""}${size > 7 ? " long" : ""}`, role: "img", "aria-label": `Plate ${text}` }, spans);
}

export function crop(hit, sharp = false) {
  const { crop_sha256: sha256, raw } = hit.read;
  const src = sharp && hit.picture ? `/api/hits/${hit.id}/picture` : `/api/crops/${sha256}`;
  return h("img", { class: "crop", src, alt: `Picture of the plate read as ${raw}`, loading: "lazy", decoding: "async" });
}

function split(text) {
  const cut = text.includes(" ") ? text.indexOf(" ") : Math.ceil(text.length / 2);
  return [text.slice(0, cut), text.slice(cut).trim()];
}
