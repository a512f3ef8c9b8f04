// The live stream. The browser reconnects by itself and says what it saw last; a watchdog does so when the
// line is dead without anybody having noticed.

const SILENCE_MS = 10_000; // three heartbeats
const RETRY_MS = 2_000;

export class Feed {
  #state;
  #source = null;
  #cursor = null;
  #heardAt = 0;

  constructor(state) {
    this.#state = state;
  }

  async start() {
    setInterval(() => this.#watch(), 1_000);
    await this.#load();
  }

  async #load() {
    try {
      const answer = await fetch("/api/hits");
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const page = await answer.json();
      this.#cursor = page.cursor;
      this.#state.load(page.hits);
      this.#listen();
    } catch {
      this.#state.putLink("lost");
      setTimeout(() => this.#load(), RETRY_MS);
    }
  }

  #listen() {
    this.#source?.close();
    this.#heardAt = performance.now();
    const source = new EventSource(`/events?after=${encodeURIComponent(this.#cursor)}`);
    this.#source = source;
    const on = (name, take) =>
      source.addEventListener(name, (event) => {
        this.#heardAt = performance.now();
        if (event.lastEventId) this.#cursor = event.lastEventId;
        this.#state.putLink("live");
        take(JSON.parse(event.data));
      });
    on("hit", (hit) => this.#state.putHit(hit));
    on("car", (car) => this.#state.putCar(car));
    on("stats", (stats) => this.#state.putStats(stats));
    on("reset", () => {
      source.close();
      this.#load();
    });
    source.onerror = () => {
      this.#state.putLink("lost");
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.#listen(), RETRY_MS);
    };
  }

  #watch() {
    if (!this.#source || performance.now() - this.#heardAt < SILENCE_MS) return;
    this.#state.putLink("lost");
    this.#listen();
  }
}
