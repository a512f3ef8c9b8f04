// The stream of events from the car's computer, and a loud note when it stops.

const SILENCE_MS = 4000; // the lights come once a second

export function listen({ board, status }) {
  const lost = document.getElementById("lost");
  let heard = performance.now();
  const hear = (show) => (event) => {
    heard = performance.now();
    lost.hidden = true;
    show(JSON.parse(event.data));
  };
  let source;
  const open = () => {
    source = new EventSource("/events");
    source.addEventListener("board", hear(board));
    source.addEventListener("status", hear(status));
  };
  open();
  setInterval(() => {
    if (performance.now() - heard < SILENCE_MS) return;
    lost.hidden = false;
    if (source.readyState === EventSource.CLOSED) open();
  }, 1000);
}

// Says something to the car's computer; returns what is wrong, or nothing.
export async function say(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (answer.ok) return "";
    const error = await answer.json().catch(() => ({}));
    return `${error.message ?? "It was not accepted."} ${error.next_step ?? "Try again."}`;
  } catch {
    return "The car's computer does not answer. Try again.";
  }
}
