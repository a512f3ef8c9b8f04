// What the page knows. Parts of the page listen for: hit, car, stats, link, selection, loaded.

const MAX_HITS = 500;

export class State extends EventTarget {
  hits = new Map();
  order = []; // ids in the order of arrival, newest first
  cars = new Map();
  stats = null;
  link = "connecting";
  knownAt = null;
  selected = null;

  load(hits) {
    this.hits = new Map(hits.map((hit) => [hit.id, hit]));
    this.order = hits.map((hit) => hit.id);
    if (this.selected && !this.hits.has(this.selected)) this.select(null);
    this.#say("loaded");
  }

  putHit(hit) {
    const isNew = !this.hits.has(hit.id);
    this.hits.set(hit.id, hit);
    if (isNew) {
      this.order.unshift(hit.id);
      for (const old of this.order.splice(MAX_HITS)) this.hits.delete(old);
    }
    this.#say("hit", { hit, isNew });
  }

  putCar(car) {
    this.cars.set(car.vehicle, car);
    this.#say("car", { car });
  }

  putStats(stats) {
    this.stats = stats;
    this.#say("stats");
  }

  putLink(link) {
    if (link === "live") this.knownAt = new Date();
    if (link === this.link) return;
    this.link = link;
    this.#say("link");
  }

  select(id) {
    if (id === this.selected) return;
    this.selected = id;
    this.#say("selection");
  }

  on(names, listener) {
    for (const name of names.split(" ")) this.addEventListener(name, (event) => listener(event.detail));
  }

  #say(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
