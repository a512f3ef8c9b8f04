// A short sound for a new hit, if one asked for it: made here, so there is nothing to load.

const TUNES = { 1: [880, 1175, 880, 1175], 2: [880, 1175], 3: [660], 4: [523] };
const NOTE_S = 0.14;

export class Tones {
  #context = null;

  get on() {
    return this.#context !== null;
  }

  toggle() {
    if (this.#context) {
      this.#context.close();
      this.#context = null;
    } else {
      this.#context = new AudioContext();
      this.play(4);
    }
    return this.on;
  }

  play(priority) {
    if (!this.#context) return;
    TUNES[priority].forEach((hertz, index) => {
      const at = this.#context.currentTime + index * NOTE_S;
      const note = new OscillatorNode(this.#context, { frequency: hertz, type: "triangle" });
      const loud = new GainNode(this.#context, { gain: 0 });
      loud.gain.setValueAtTime(0, at);
      loud.gain.linearRampToValueAtTime(0.25, at + 0.01);
      loud.gain.linearRampToValueAtTime(0, at + NOTE_S);
      note.connect(loud).connect(this.#context.destination);
      note.start(at);
      note.stop(at + NOTE_S);
    });
  }
}
