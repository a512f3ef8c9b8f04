// A sound for each priority, made here: nothing to load, nothing to miss.

// Each note: frequency in hertz, start and length in seconds.
const TUNES = {
  1: [[988, 0, 0.16], [740, 0.18, 0.16], [988, 0.36, 0.16], [740, 0.54, 0.16], [988, 0.72, 0.16], [740, 0.9, 0.3]],
  2: [[880, 0, 0.14], [880, 0.22, 0.14], [880, 0.44, 0.26]],
  3: [[660, 0, 0.16], [880, 0.18, 0.26]],
  4: [[587, 0, 0.3]],
};
const LOUD = { 1: 0.5, 2: 0.4, 3: 0.3, 4: 0.22 };

export class Tones {
  constructor(changed) {
    this.context = new AudioContext();
    this.context.onstatechange = changed;
    const wake = () => this.wake();
    for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, wake);
  }

  // Browsers keep a page silent until somebody has touched it.
  get blocked() {
    return this.context.state !== "running";
  }

  wake() {
    if (this.blocked) this.context.resume();
  }

  play(priority) {
    if (this.blocked) return;
    for (const [hertz, at, length] of TUNES[priority]) {
      const start = this.context.currentTime + 0.02 + at;
      const note = this.context.createOscillator();
      const gain = this.context.createGain();
      note.type = priority <= 2 ? "square" : "sine";
      note.frequency.value = hertz;
      const loud = LOUD[priority] * (note.type === "square" ? 0.45 : 1);
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(loud, start + 0.012);
      gain.gain.setValueAtTime(loud, start + length - 0.03);
      gain.gain.linearRampToValueAtTime(0, start + length);
      note.connect(gain).connect(this.context.destination);
      note.start(start);
      note.stop(start + length + 0.02);
    }
  }
}

// Plays each alert once; while muted only priority 1 is heard.
export class Announcer {
  constructor(tones) {
    this.tones = tones;
    this.known = new Set();
  }

  announce(board) {
    const fresh = board.waiting.filter((alert) => !this.known.has(alert.id));
    for (const alert of fresh) this.known.add(alert.id);
    const heard = fresh.filter((alert) => alert.priority === 1 || board.muted_s <= 0);
    if (heard.length) this.tones.play(Math.min(...heard.map((alert) => alert.priority)));
    return fresh;
  }
}
