// Pictures for the map, drawn when it asks for them: priorities by shape and colour, cars by state.

const SIZE = 72;
const PRIORITY = { 1: ["#e5343a", "#fff"], 2: ["#f07818", "#1a0d00"], 3: ["#e3b505", "#1a1500"], 4: ["#3d8bfd", "#fff"] };
const CAR = { ok: "#35b779", warn: "#f0a020", off: "#71808f" };
const OUTLINE = "#ffffff";

const SHAPES = {
  1: [[30, 4], [70, 4], [96, 30], [96, 70], [70, 96], [30, 96], [4, 70], [4, 30]],
  2: [[50, 6], [97, 92], [3, 92]],
  3: [[50, 3], [97, 50], [50, 97], [3, 50]],
};
const MIDDLE = { 1: 53, 2: 68, 3: 53, 4: 53 };

export function draw(name) {
  const [kind, key] = name.split(":");
  const canvas = new OffscreenCanvas(SIZE, SIZE);
  const pen = canvas.getContext("2d");
  pen.scale(SIZE / 112, SIZE / 112);
  pen.translate(6, 6);
  pen.lineJoin = "round";
  if (kind === "hit") hit(pen, Number(key));
  else car(pen, CAR[key] ?? CAR.off, key === "off");
  return pen.getImageData(0, 0, SIZE, SIZE);
}

function hit(pen, priority) {
  const [ground, ink] = PRIORITY[priority];
  trace(pen, SHAPES[priority]);
  pen.strokeStyle = OUTLINE;
  pen.lineWidth = 11;
  pen.stroke();
  pen.fillStyle = ground;
  pen.fill();
  pen.fillStyle = ink;
  pen.font = "800 50px Overpass, Inter, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(String(priority), 50, MIDDLE[priority]);
}

function car(pen, colour, away) {
  trace(pen, [[50, 4], [88, 92], [50, 72], [12, 92]]);
  pen.strokeStyle = OUTLINE;
  pen.lineWidth = 13;
  pen.stroke();
  pen.fillStyle = colour;
  pen.fill();
  if (!away) return;
  // Hollow: a car that is not there must not look like one that is, even without colour.
  trace(pen, [[50, 30], [70, 76], [50, 64], [30, 76]]);
  pen.fillStyle = OUTLINE;
  pen.fill();
}

function trace(pen, points) {
  pen.beginPath();
  if (points) {
    points.forEach(([x, y], index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.closePath();
  } else {
    pen.arc(50, 50, 46, 0, 2 * Math.PI);
  }
}
