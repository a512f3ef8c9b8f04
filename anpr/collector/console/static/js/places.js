// Where a hit was, in words: the nearest place of the map's own list.

const NEAR_M = 900;
const FAR_M = 12_000;
const WINDS = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];

let places = [];

export async function load() {
  const answer = await fetch("/static/map/places.json");
  places = (await answer.json()).filter((place) => place.kind === "place" || place.kind === "island");
}

export function whereabouts(place) {
  if (!place) return "place unknown";
  const [found, north, east, m] = nearest(place);
  if (!found || m > FAR_M) return coordinates(place);
  if (m < NEAR_M) return found.name;
  const wind = WINDS[Math.round((Math.atan2(east, north) * 4) / Math.PI + 8) % 8];
  return `${(m / 1000).toFixed(1)} km ${wind} of ${found.name}`;
}

export const coordinates = (place) => `${place.lat_deg.toFixed(5)}, ${place.lon_deg.toFixed(5)}`;

function nearest({ lat_deg: lat, lon_deg: lon }) {
  let best = [null, 0, 0, Infinity];
  for (const place of places) {
    const north = (lat - place.lat) * 111_195;
    const east = (lon - place.lon) * 111_195 * Math.cos((lat * Math.PI) / 180);
    const m = Math.hypot(north, east);
    if (m < best[3]) best = [place, north, east, m];
  }
  return best;
}
