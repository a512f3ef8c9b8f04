// How the map looks by day and by night. Names are drawn with the page's own font: no glyph files, no network.

const FONT = ["Inter"];

const COLOURS = {
  night: {
    water: "#0a1520", shallow: "#173049", land: "#212f3c", lake: "#0f1d2b", coast: "#4a6478",
    region: "#6f8496", place: "#b4c3d0", sea: "#4d7391", halo: "#212f3c", seaHalo: "#0a1520",
    ring: "#ffffff", label: "#e8eef4", labelHalo: "#0a0e13",
  },
  day: {
    water: "#c9dceb", shallow: "#dbe9f3", land: "#f7f5ef", lake: "#d3e3ef", coast: "#9db4c4",
    region: "#8f9ba5", place: "#33424f", sea: "#5d8cac", halo: "#f7f5ef", seaHalo: "#c9dceb",
    ring: "#10181f", label: "#10181f", labelHalo: "#ffffff",
  },
};

const EMPTY = { type: "FeatureCollection", features: [] };
const LAND = ["==", ["get", "kind"], "land"];

export function style(theme, places) {
  const c = COLOURS[theme];
  const shore = (id, source, width, blur, opacity) => ({
    id: `${id}-${source}`, type: "line", source, filter: LAND,
    layout: { "line-join": "round" },
    paint: { "line-color": c.shallow, "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 9, width / 3, 13, width * 1.6], "line-blur": blur, "line-opacity": opacity },
  });
  const fill = (source) => ({ id: `land-${source}`, type: "fill", source, filter: LAND, paint: { "fill-color": c.land } });
  const names = (id, kinds, rank, zoom, layout, paint) => ({
    id, type: "symbol", source: "places", minzoom: zoom,
    filter: ["all", ["in", ["get", "kind"], ["literal", kinds]], ["==", ["get", "rank"], rank]],
    layout: { "text-field": ["get", "name"], "text-font": FONT, "text-padding": 6, "text-max-width": 8, ...layout },
    paint: { "text-halo-width": 1.4, ...paint },
  });
  const place = (rank, zoom, size) => names(`place-${rank}`, ["place", "island"], rank, zoom,
    { "text-size": ["interpolate", ["linear"], ["zoom"], zoom, size, 14, size + 4] },
    { "text-color": c.place, "text-halo-color": c.halo });
  const sea = (rank, zoom, size) => names(`sea-${rank}`, ["water"], rank, zoom,
    { "text-size": size, "text-letter-spacing": 0.18 },
    { "text-color": c.sea, "text-halo-color": c.seaHalo });
  return {
    version: 8,
    sources: {
      coast: { type: "geojson", data: "/static/map/hong-kong-coast.json", tolerance: 0.2, maxzoom: 14 },
      new: { type: "geojson", data: "/static/map/new-land.json", tolerance: 0.2, maxzoom: 14 },
      places: { type: "geojson", data: places ?? EMPTY },
      hits: { type: "geojson", data: EMPTY },
      cars: { type: "geojson", data: EMPTY },
    },
    layers: [
      { id: "water", type: "background", paint: { "background-color": c.water } },
      shore("far", "coast", 22, 14, 0.5), shore("far", "new", 22, 14, 0.5),
      shore("near", "coast", 9, 5, 0.9), shore("near", "new", 9, 5, 0.9),
      { id: "shore", type: "line", source: "coast", filter: LAND, layout: { "line-join": "round" }, paint: { "line-color": c.coast, "line-width": ["interpolate", ["linear"], ["zoom"], 9, 1.2, 14, 2.6] } },
      { id: "shore-new", type: "line", source: "new", layout: { "line-join": "round" }, paint: { "line-color": c.coast, "line-width": ["interpolate", ["linear"], ["zoom"], 9, 1.2, 14, 2.6] } },
      fill("coast"), fill("new"),
      { id: "lakes", type: "fill", source: "coast", filter: ["==", ["get", "kind"], "lake"], paint: { "fill-color": c.lake } },
      sea(2, 8, 12), sea(3, 11, 11), sea(4, 11.5, 11),
      names("region", ["region"], 1, 8,
        { "text-size": ["interpolate", ["linear"], ["zoom"], 9, 11, 12, 15], "text-transform": "uppercase", "text-letter-spacing": 0.16 },
        { "text-color": c.region, "text-halo-color": c.halo }),
      place(4, 12, 11), place(3, 10.8, 11.5), place(2, 9.6, 12.5),
      { id: "hit-chosen", type: "circle", source: "hits", filter: ["==", ["get", "chosen"], true],
        paint: { "circle-radius": 22, "circle-color": c.ring, "circle-opacity": 0.14, "circle-stroke-color": c.ring, "circle-stroke-width": 2 } },
      { id: "hits", type: "symbol", source: "hits",
        layout: { "icon-image": ["get", "icon"], "icon-size": ["case", ["get", "chosen"], 0.58, 0.44], "icon-allow-overlap": true, "icon-ignore-placement": true, "symbol-sort-key": ["get", "order"] },
        paint: { "icon-opacity": ["case", ["any", ["get", "open"], ["get", "chosen"]], 1, 0.55] } },
      { id: "cars", type: "symbol", source: "cars",
        layout: { "icon-image": ["get", "icon"], "icon-size": 0.42, "icon-rotate": ["get", "heading"], "icon-rotation-alignment": "map", "icon-allow-overlap": true, "icon-ignore-placement": true } },
      { id: "car-names", type: "symbol", source: "cars",
        layout: { "text-field": ["get", "label"], "text-font": FONT, "text-size": 12, "text-anchor": "left", "text-offset": [1.35, 0], "text-allow-overlap": true, "text-ignore-placement": true },
        paint: { "text-color": c.label, "text-halo-color": c.labelHalo, "text-halo-width": 1.8 } },
    ],
  };
}
