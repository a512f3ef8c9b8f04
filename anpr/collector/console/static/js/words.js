// How things are said: the same words as on the alert screen in the car.

export const PRIORITY = { 1: "Stop at once", 2: "High", 3: "Medium", 4: "For information" };
export const MATCH = {
  exact: ["Exact match"],
  near: ["Near match", ": the marked character differs. Look twice."],
  pattern: ["Wildcard match", ": the read fits a pattern, so this may be another vehicle."],
};
export const CATEGORY = {
  stolen: "Stolen",
  wanted: "Wanted",
  unlicensed: "Unlicensed",
  uninsured: "Uninsured",
  disqualified_driver: "Disqualified driver",
  road_safety: "Road safety",
  missing_person: "Missing person",
  other: "Other",
};
export const VEHICLE = {
  private_car: "Private car",
  taxi: "Taxi",
  motorcycle: "Motorcycle",
  van: "Van",
  lorry: "Lorry",
  bus: "Bus",
  other: "Other vehicle",
};
export const OUTCOME = {
  correct: "Correct",
  misread: "Misread",
  wrong_class: "Wrong vehicle",
  out_of_date: "Out of date",
  not_now: "Not now",
};
export const CLOCK = { gps: "set by GPS", ntp: "set by network", unsynced: "not synchronised" };

export const STALE_S = 86_400;
export const LATE_S = 60;

export const time = (iso) => new Date(iso).toLocaleTimeString("en-GB");

export const millis = (iso) => {
  const at = new Date(iso);
  return `${at.toLocaleTimeString("en-GB")}.${String(at.getMilliseconds()).padStart(3, "0")}`;
};

export const date = (iso) =>
  new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });

export const isToday = (iso) => new Date(iso).toDateString() === new Date().toDateString();

// A time on a row: the day is said only when it is not today.
export const moment = (iso) => (isToday(iso) ? time(iso) : `${date(iso)}, ${time(iso)}`);

export function span(seconds) {
  const s = Math.abs(seconds);
  if (s < 1) return `${Math.round(s * 1000)} ms`;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 60) return `${Math.round(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 172_800) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86_400)} days`;
}

export function ago(iso) {
  const s = Math.max(0, (Date.now() - new Date(iso)) / 1000);
  return s < 5 ? "now" : `${s < 60 ? `${Math.round(s)} s` : span(s)} ago`;
}

export const seconds = (from, to) => (new Date(to) - new Date(from)) / 1000;

// Hong Kong's ordinary marks stand as one or two letters, a gap, and up to four digits.
export function spaced(mark) {
  const ordinary = /^([A-Z]{1,2})(\d{1,4})$/.exec(mark);
  return ordinary ? `${ordinary[1]} ${ordinary[2]}` : mark;
}

export const lastVerdict = (hit) => hit.verdicts.at(-1) ?? null;
