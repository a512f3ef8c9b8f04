// The offline map with hits and cars. Without WebGL it says so, and the rest of the page works on.

import { $, h } from "./dom.js";
import { condition } from "./fleet.js";
import { draw } from "./icons.js";
import { style } from "./mapstyle.js";
import { lastVerdict } from "./words.js";

const HOME = [[113.82, 22.15], [114.44, 22.57]];
const LIMITS = [[112.9, 21.6], [115.3, 23.2]];
const CLOSE_ZOOM = 12.4;
const NEW_MS = 8_000;
const ATTRIBUTION = "Coast: GSHHG (Wessel and Smith), LGPL · MapLibre";

export class HitMap {
  #state;
  #map = null;
  #gl = null;
  #theme = "night";
  #places = null;
  #due = false;
  #broken = false;
  #shown = new WeakMap(); // what each source of the present style was given

  constructor(state) {
    this.#state = state;
    state.on("link", () => state.link === "live" && this.#mend());
    state.on("loaded hit car selection", () => this.#soon());
    state.on("hit", ({ hit, isNew }) => isNew && this.#ring(hit));
    state.on("selection", () => requestAnimationFrame(() => this.#follow())); // when the panel has its size
    setInterval(() => this.#soon(), 5_000);
    this.#begin();
  }

  async #begin() {
    try {
      this.#gl = await import("/static/vendor/maplibre-gl/maplibre-gl.mjs");
      this.#places = points(await (await fetch("/static/map/places.json")).json());
      // Icons and names are drawn once, so the fonts must be there; others will do when they are not.
      await Promise.allSettled([document.fonts.load("16px Inter"), document.fonts.load("800 16px Overpass")]);
      this.#map = new this.#gl.Map({
        container: "map", style: style(this.#theme, this.#places), bounds: HOME, maxBounds: LIMITS,
        fitBoundsOptions: { padding: 16 }, minZoom: 8, maxZoom: 17, dragRotate: false, pitchWithRotate: false,
        touchPitch: false, keyboard: false, fadeDuration: 150, attributionControl: { compact: false, customAttribution: ATTRIBUTION },
      });
    } catch (error) {
      $("no-map").hidden = false;
      $("no-map").replaceChildren(h("b", {}, "The map needs WebGL, which this browser does not offer."),
        " Hits, details and cars work as ever. Allow hardware acceleration, or use another browser.");
      document.body.classList.add("mapless");
      console.warn("no map:", error);
      return;
    }
    this.#map.touchZoomRotate.disableRotation();
    this.#map.addControl(new this.#gl.ScaleControl({ maxWidth: 120 }), "bottom-left");
    this.#map.setMissingStyleImageResolver((id) => {
      if (!this.#map.hasImage(id)) this.#map.addImage(id, draw(id));
    });
    this.#map.on("style.load", () => this.#draw());
    this.#map.on("error", ({ error }) => {
      this.#broken = true;
      console.warn("map:", error.message);
    });
    this.#map.once("idle", () => (document.body.dataset.map = "ready"));
    this.#map.on("click", "hits", ({ features }) => this.#state.select(features.at(-1).properties.id));
    for (const layer of ["hits", "cars"]) {
      this.#map.on("mouseenter", layer, () => (this.#map.getCanvas().style.cursor = "pointer"));
      this.#map.on("mouseleave", layer, () => (this.#map.getCanvas().style.cursor = ""));
    }
  }

  // What could not be fetched while the link was lost is fetched when it is back.
  #mend() {
    if (!this.#broken) return;
    this.#broken = false;
    this.#map.setStyle(style(this.#theme, this.#places), { diff: false });
  }

  setTheme(theme) {
    if (theme === this.#theme) return;
    this.#theme = theme;
    this.#map?.setStyle(style(theme, this.#places));
  }

  show(place) {
    if (!place || !this.#map) return;
    this.#map.easeTo({ center: [place.lon_deg, place.lat_deg], zoom: Math.max(this.#map.getZoom(), CLOSE_ZOOM), padding: this.#padding(), duration: 600 });
  }

  fit() {
    this.#map?.fitBounds(HOME, { padding: this.#padding(16), duration: 600 });
  }

  zoom(by) {
    this.#map?.easeTo({ zoom: this.#map.getZoom() + by, duration: 200 });
  }

  #padding(all = 0) {
    const panel = $("detail");
    const right = panel.hidden ? 0 : panel.offsetWidth;
    return { top: all, bottom: all, left: all, right: right < $("map").offsetWidth * 0.7 ? right + all : all };
  }

  // The chosen hit comes into view, but the map does not jump when it is there already.
  #follow() {
    const place = this.#state.hits.get(this.#state.selected)?.place;
    if (!place || !this.#map) return;
    const point = this.#map.project([place.lon_deg, place.lat_deg]);
    const { offsetWidth: width, offsetHeight: height } = $("map");
    const right = width - this.#padding().right;
    const margin = 60;
    const inside = point.x > margin && point.x < right - margin && point.y > margin && point.y < height - margin;
    if (!inside) this.#map.easeTo({ center: [place.lon_deg, place.lat_deg], padding: this.#padding(), duration: 500 });
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
    if (!this.#map?.getSource("hits")) return;
    this.#put("hits", [...this.#state.hits.values()].filter((hit) => hit.place).map((hit) =>
      point(hit.place, {
        id: hit.id, icon: `hit:${hit.entry.priority}`, open: !lastVerdict(hit), chosen: hit.id === this.#state.selected,
        order: hit.id === this.#state.selected ? 9 : 4 - hit.entry.priority,
      })));
    this.#put("cars", [...this.#state.cars.values()].filter((car) => car.place).map((car) => {
      const [level, word] = condition(car);
      return point(car.place, { icon: `car:${level}`, heading: car.place.heading_deg ?? 0, label: level === "ok" ? car.vehicle : `${car.vehicle} · ${word.toLowerCase()}` });
    }));
  }

  // Giving the map what it has already would make it work all over again.
  #put(name, features) {
    const source = this.#map.getSource(name);
    const text = JSON.stringify(features);
    if (this.#shown.get(source) === text) return;
    this.#shown.set(source, text);
    source.setData(collection(features));
  }

  #ring(hit) {
    if (!this.#map || !hit.place) return;
    const element = h("div", { class: "ring", data: { priority: hit.entry.priority } });
    const marker = new this.#gl.Marker({ element }).setLngLat([hit.place.lon_deg, hit.place.lat_deg]).addTo(this.#map);
    setTimeout(() => marker.remove(), NEW_MS);
  }
}

const collection = (features) => ({ type: "FeatureCollection", features });

const point = (place, properties) => ({
  type: "Feature", properties, geometry: { type: "Point", coordinates: [place.lon_deg, place.lat_deg] },
});

const points = (places) =>
  collection(places.map(({ lat, lon, ...properties }) => point({ lat_deg: lat, lon_deg: lon }, properties)));
