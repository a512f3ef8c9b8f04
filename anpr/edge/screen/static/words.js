// How things are said, the same on every page.

export const PRIORITY = { 1: "Stop at once", 2: "High", 3: "Medium", 4: "For information" };
export const MATCH = { exact: ["=", "Exact match"], near: ["≈", "NEAR match"], pattern: ["∗", "WILDCARD match"] };
// What an officer is asked to do: a covert entry is never to be stopped, however urgent it is.
export const urgency = (alert) => (alert.covert ? "Report only" : PRIORITY[alert.priority]);
export const OUTCOME = {
  correct: "Correct",
  misread: "Misread",
  wrong_class: "Wrong vehicle",
  out_of_date: "Out of date",
  not_now: "Not now",
};

export const time = (iso) => new Date(iso).toLocaleTimeString("en-GB");

export const date = (iso) =>
  new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });

export function ago(iso, now) {
  const seconds = Math.max(0, (now - new Date(iso)) / 1000);
  if (seconds < 60) return `${Math.round(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}

// Metres between two places; the small-area formula is within a metre over a few kilometres.
export function metres(a, b) {
  if (a.lat_deg === null || b.lat_deg === null) return null;
  const north = (b.lat_deg - a.lat_deg) * 111_195;
  const east = (b.lon_deg - a.lon_deg) * 111_195 * Math.cos((a.lat_deg * Math.PI) / 180);
  return Math.hypot(north, east);
}

export const far = (m) => (m < 1000 ? `${Math.round(m / 10) * 10} m away` : `${(m / 1000).toFixed(1)} km away`);
