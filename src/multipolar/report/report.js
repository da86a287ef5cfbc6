"use strict";
// Draws every interactive part from the embedded numbers. All text goes in as text, never as HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { countries, sectors, variants } = data;
  const $ = (id) => document.getElementById(id);
  const all = (list) => list.map((_, i) => i);
  const zero = { name: "baseline", title: "the baseline" };
  let shown = variants[0], against = zero, unsorted = { key: "welfare", down: false };

  // Elements and numbers -----------------------------------------------------------------------------
  const SVG = "http://www.w3.org/2000/svg";
  function put(node, attributes, children) {
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (key === "style") for (const [k, v] of Object.entries(value)) node.style.setProperty(k, v);
      else node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...[children ?? []].flat().filter((child) => child !== null && child !== undefined));
    return node;
  }
  const el = (tag, attributes, children) => put(document.createElement(tag), attributes, children);
  const svg = (tag, attributes, children) => put(document.createElementNS(SVG, tag), attributes, children);
  const refill = (id, children) => { $(id).replaceChildren(...children); };

  const sign = (x) => (x < 0 ? "−" : "+");
  function percent(x, unit = "%") {
    if (x === null) return "–";
    const size = 100 * Math.abs(x);
    if (size < 0.0005) return "0" + unit;
    return sign(x) + size.toFixed(size < 0.0995 ? 3 : size < 9.995 ? 2 : 1) + unit;
  }
  function billions(million, unit = "") {
    if (million === null) return "–";
    const size = Math.abs(million) / 1000;
    if (size < 0.005) return "0" + unit;
    const digits = size >= 99.5 ? 0 : size >= 9.95 ? 1 : 2;
    const text = size.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return sign(million) + text + unit;
  }
  const compared = () => against !== zero;
  const unit = () => (compared() ? " pts" : "%");
  const at = (key, i) => (shown[key][i] ?? null) === null ? null : shown[key][i] - (compared() ? against[key][i] : 0);
  const at2 = (key, i, j) => shown[key][i][j] - (compared() ? against[key][i][j] : 0);
  const output = (i, j) => shown.output[i][j] - (compared() ? against.output : data.output_baseline)[i][j];
  const name = (i) => countries[i].name;
  const sum = (values) => values.reduce((a, b) => a + b, 0);
  const brief = (text) => { const head = text.split(/;|, except/)[0]; return head.length > 46 ? head.slice(0, 44).trimEnd() + "…" : head; };
  const byRow = (i) => i === data.row;

  // Colour: orange loses, blue gains; readable without telling red from green ------------------------
  const LOSS = ["#fce4cd", "#f6bd8a", "#e08c43", "#b85a12", "#7d3400"], GAIN = ["#d8e6f2", "#a6cae4", "#66a1cf", "#2f76ad", "#0a4273"];
  const DARK = [...LOSS.slice(3), ...GAIN.slice(3)];
  const NEUTRAL = "#eeeeea", NO_DATA = "#e3e6ea";
  const largest = Math.max(...variants.flatMap((v) => v.welfare.map(Math.abs))) * 100;
  const steps = (() => {
    const ladder = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];
    const top = Math.max(4, ladder.findLastIndex((x) => x <= largest));
    return ladder.slice(top - 4, top + 1);
  })();
  function shade(x, bounds = steps) {
    if (x === null) return NO_DATA;
    const level = bounds.filter((bound) => 100 * Math.abs(x) >= bound).length;
    return level === 0 ? NEUTRAL : (x < 0 ? LOSS : GAIN)[level - 1];
  }

  // Map ----------------------------------------------------------------------------------------------
  const [width, height] = data.map.size;
  const VIEWS = { World: [-40, -40, width + 80, height + 80], Europe: [4280, 380, 1500, 980], "East Asia": [6700, 750, 1900, 1241] };
  const land = [];
  const region = (code) => data.regions[code] ?? (data.regions["*"] === -1 ? null : data.row);
  function drawMap() {
    const map = $("map");
    const hatch = (id, colour) => svg("pattern", { id, width: 46, height: 46, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      [svg("rect", { width: 46, height: 46, fill: "#e9ebee" }), svg("rect", { width: 13, height: 46, fill: colour })]);
    map.append(svg("defs", {}, hatch("rest", "#c4c9d0")));
    let restFocus = false;
    const shapes = Object.entries(data.map.countries).map(([code, shape]) => [code, shape.name, svg("path", { d: shape.path })]);
    for (const [code, dot] of Object.entries(data.map.dots)) if (code in data.regions)
      shapes.push([code, dot.name, svg("circle", { cx: dot.at[0], cy: dot.at[1], r: 24, class: "dot" })]);
    for (const [code, label, shape] of shapes) {
      const i = region(code), rest = i !== null && byRow(i);
      const focusable = i !== null && (!rest || !restFocus);
      if (rest) restFocus = true;
      put(shape, { class: "land" + (shape.tagName === "circle" ? " dot" : ""), role: "img", tabindex: focusable ? 0 : null,
        onpointerenter: (e) => tip(e, i, label, rest), onpointermove: (e) => tip(e, i, label, rest), onpointerleave: hideTip,
        onfocus: (e) => tip(e, i, label, rest), onblur: hideTip, onclick: (e) => tip(e, i, label, rest) });
      land.push({ shape, i, label, rest });
    }
    map.append(...land.filter((l) => l.shape.tagName === "path").map((l) => l.shape), svg("path", { d: data.map.borders, class: "borders" }),
      ...land.filter((l) => l.shape.tagName === "circle").map((l) => l.shape));
    refill("views", Object.keys(VIEWS).map((view) => el("button", { type: "button", "data-view": view, onclick: () => setView(view) }, view)));
    setView("World");
  }
  function setView(view) {
    $("map").setAttribute("viewBox", VIEWS[view].join(" "));
    for (const button of $("views").children) button.setAttribute("aria-pressed", String(button.dataset.view === view));
  }
  function mapText(i, label, rest) {
    if (i === null) return `${label}: not listed separately in the table`;
    const value = `${percent(at("welfare", i), unit())} real consumption, ${billions(at("welfare_usd", i), " bn USD")} a year`;
    return rest ? `${label}: part of “${name(i)}”, one region in the table: ${value}` : `${name(i)}: ${value}`;
  }
  function paintMap() {
    for (const { shape, i, label, rest } of land) {
      shape.setAttribute("fill", i === null ? NO_DATA : rest ? "url(#rest)" : shade(at("welfare", i)));
      shape.setAttribute("aria-label", mapText(i, label, rest));
    }
    const key = [...[...LOSS].reverse(), NEUTRAL, ...GAIN].map((colour) => el("i", { style: { background: colour } }));
    const bounds = [...[...steps].reverse().map((s) => "−" + s), ...steps.map((s) => "+" + s)].map((s) => el("span", {}, s));
    const rest = data.row === null ? [] : [el("span", { class: "swatch" }, [
      svg("svg", { viewBox: "0 0 260 140", "aria-hidden": "true" }, svg("rect", { width: 260, height: 140, fill: "url(#rest)" })),
      `${name(data.row)}, one region: ${percent(at("welfare", data.row), unit())}`])];
    const off = all(countries).filter((i) => i !== data.row && !Object.values(data.regions).includes(i));
    const missing = off.length ? [el("span", {}, "Not on the map: " + off.map((i) => `${name(i)} ${percent(at("welfare", i), unit())}`).join(", "))] : [];
    refill("legend", [el("div", {}, [el("div", {}, compared() ? "Percentage points of consumption" : "Percent of consumption"),
      el("div", { class: "scale", role: "img", "aria-label": "Colour scale from loss, orange, to gain, blue" }, [...key, ...bounds])]), ...rest, ...missing]);
  }
  function tip(event, i, label, rest) {
    const box = $("tip"), frame = $("map").getBoundingClientRect();
    const lines = i === null ? ["Not listed separately in the table"] : [
      `Real consumption ${percent(at("welfare", i), unit())}`, `${billions(at("welfare_usd", i), " bn USD")} a year`,
      `Real wage ${percent(at("real_wages", i), unit())}`];
    if (rest) lines.unshift(`part of “${name(i)}”, one region in the table`);
    box.replaceChildren(el("strong", {}, i === null || rest ? label : name(i)), ...lines.map((line) => el("div", {}, line)));
    box.hidden = false;
    for (const item of land) item.shape.classList.toggle("on", item.shape === event.currentTarget);
    const target = event.currentTarget.getBoundingClientRect();
    const x = (event.clientX || target.left + target.width / 2) - frame.left, y = (event.clientY || target.top + target.height / 2) - frame.top;
    box.style.left = Math.max(0, Math.min(x + 14, frame.width - box.offsetWidth - 4)) + "px";
    box.style.top = (y + 18 + box.offsetHeight > frame.height ? Math.max(0, y - box.offsetHeight - 12) : y + 18) + "px";
  }
  function hideTip() { $("tip").hidden = true; for (const item of land) item.shape.classList.remove("on"); }

  // Bars ---------------------------------------------------------------------------------------------
  function scaleOf(values) {
    const low = Math.min(0, ...values), high = Math.max(0, ...values), span = high - low || 1;
    return (x) => (100 * (x - low)) / span;
  }
  function bar(label, text, pieces, place, marker, gap, detail) {
    const parts = pieces.map(([from, to, look]) => el("i", { class: look.startsWith("#") ? "" : look, style: {
      left: place(Math.min(from, to)) + "%", width: place(Math.max(from, to)) - place(Math.min(from, to)) + "%",
      ...(look.startsWith("#") ? { background: look } : {}) } }));
    if (marker !== undefined) parts.push(el("b", { style: { left: place(marker) + "%" } }));
    return el("div", { class: "row" + (gap ? " gap" : ""), title: detail || null }, [el("span", { class: "name" }, label),
      el("span", { class: "track", style: { "--zero": place(0) + "%" } }, parts), el("span", { class: "value" }, text)]);
  }
  const plainBar = (label, text, x, place, gap, detail) => bar(label, text, [[0, x, x < 0 ? "negative" : "positive"]], place, undefined, gap, detail);

  function drawWelfare() {
    const order = all(countries).filter((i) => Math.abs(at("welfare", i)) >= 5e-6).sort((a, b) => at("welfare", a) - at("welfare", b));
    const losers = order.filter((i) => at("welfare", i) < 0).slice(0, 12), gainers = order.filter((i) => at("welfare", i) > 0).slice(-10);
    const rows = [...losers, ...gainers], place = scaleOf(rows.map((i) => at("welfare", i)));
    refill("welfare-bars", rows.length ? rows.map((i, n) => plainBar(name(i), percent(at("welfare", i), unit()), at("welfare", i), place,
      n === losers.length && losers.length > 0, billions(at("welfare_usd", i), " bn USD a year"))) : [el("p", {}, "No country gains or loses.")]);
  }

  const COLUMNS = [["welfare", "Consumption", 0], ["welfare_usd", "bn USD", 1], ["real_wages", "Real wage", 0], ["real_income", "Real income", 0],
    ["real_gdp", "Real GDP", 0], ["prices", "Prices", 0], ["wages", "Wage", 0], ["terms_of_trade", "Terms of trade", 0], ["revenue", "Revenue, bn USD", 1]];
  function drawCountries() {
    const value = (i) => (unsorted.key === "name" ? name(i) : at(unsorted.key, i));
    const order = all(countries).sort((a, b) => (value(a) < value(b) ? -1 : 1) * (unsorted.down ? -1 : 1));
    const head = (key, label) => el("th", { scope: "col", class: key === "name" ? null : "number",
      "aria-sort": unsorted.key === key ? (unsorted.down ? "descending" : "ascending") : null },
      el("button", { type: "button", onclick: () => { unsorted = { key, down: unsorted.key === key && !unsorted.down }; drawCountries(); } }, label));
    const money = (i, key) => billions(at(key, i)), share = (i, key) => percent(at(key, i), unit());
    refill("countries-table", [el("thead", {}, el("tr", {}, [head("name", "Country"), ...COLUMNS.map(([key, label]) => head(key, label))])),
      el("tbody", {}, order.map((i) => el("tr", {}, [el("th", { scope: "row" }, name(i)),
        ...COLUMNS.map(([key, , isMoney]) => el("td", { class: "number" }, (isMoney ? money : share)(i, key)))])))]);
  }

  // Decomposition ------------------------------------------------------------------------------------
  const EFFECTS = {
    terms_of_trade: ["Terms of trade", "what the country’s exports fetch relative to what its imports cost", "#0072b2"],
    volume_of_trade: ["Volume of trade", "revenue of tariffs, taxes and rents won or lost because quantities change", "#e69f00"],
    real_cost: ["Real cost", "resources used up by barriers, goods no longer to be had, productivity lost", "#a63d7c"],
    transfers: ["Transfers", "money received from or given to other countries, and changes of the trade deficit", "#009e73"],
    relative_price: ["Relative price", "consumption becoming dearer or cheaper than investment goods", "#8a8f98"] };
  function drawDecomposition() {
    const look = (e, n) => EFFECTS[e] || [e.replaceAll("_", " "), "", ["#56b4e9", "#d55e00", "#222"][n % 3]];
    refill("effects", [...data.effects.map((e, n) => el("li", {}, [el("i", { style: { background: look(e, n)[2] } }),
      el("span", {}, [el("strong", {}, look(e, n)[0]), look(e, n)[1] ? ": " + look(e, n)[1] : ""])])),
      el("li", {}, [el("i", { class: "sum" }), el("span", {}, [el("strong", {}, "Sum"), ": the change of real consumption"])])]);
    const total = (i) => sum(data.effects.map((_, e) => at2("decomposition", i, e)));
    const size = (i) => Math.abs(at("welfare", i));
    const chosen = [...new Set([...data.focus, ...all(countries).sort((a, b) => size(b) - size(a))])].slice(0, 12).sort((a, b) => total(a) - total(b));
    const stacks = chosen.map((i) => {
      let low = 0, high = 0;
      return data.effects.map((e, n) => {
        const x = at2("decomposition", i, n), from = x < 0 ? low : high;
        if (x < 0) low += x; else high += x;
        return [from, from + x, look(e, n)[2]];
      });
    });
    const place = scaleOf(stacks.flat().flatMap(([a, b]) => [a, b]));
    const detail = (i) => data.effects.map((e, n) => `${look(e, n)[0]} ${percent(at2("decomposition", i, n), "")}`).join(", ");
    refill("decomposition", chosen.map((i, n) => bar(name(i), percent(total(i), ""), stacks[n], place, total(i), false, detail(i))));
  }

  // Sectors ------------------------------------------------------------------------------------------
  function drawSectors() {
    const [kind, index] = $("sector-choice").value.split("-"), fixed = Number(index), relative = $("sector-unit").value === "percent";
    const list = kind === "country" ? sectors : countries;
    const cell = (k) => (kind === "country" ? [fixed, k] : [k, fixed]);
    const base = (k) => data.output_baseline[cell(k)[0]][cell(k)[1]];
    const value = (k) => (relative ? output(...cell(k)) / base(k) : output(...cell(k)));
    const rows = all(list).filter((k) => base(k) > 0).sort((a, b) => value(a) - value(b));
    const place = scaleOf(rows.map(value));
    refill("sector-bars", rows.map((k) => plainBar(brief(list[k].name), relative ? percent(value(k), unit()) : billions(value(k)), value(k), place, false,
      `${list[k].name}: ${billions(output(...cell(k)), " bn USD")}, ${percent(output(...cell(k)) / base(k), unit())} of ${billions(base(k)).slice(1)} bn USD`)));
  }

  // Trade --------------------------------------------------------------------------------------------
  const flow = (o, d) => (compared() ? shown.trade[o][d] - against.trade[o][d] : shown.trade[o][d]);
  const grouped = (a, b, f) => sum(a.members.flatMap((o) => b.members.filter((d) => d !== o).map((d) => f(o, d))));
  function drawMatrix() {
    const groups = data.groups, bounds = [0.1, 1, 5, 20, 50];
    const describe = (a, b) => {
      const base = grouped(a, b, (o, d) => data.trade_baseline[o][d]), change = grouped(a, b, flow);
      return `${a.name} to ${b.name}: ${billions(change, " bn USD")}` + (base > 0 ? `, ${percent(change / base, unit())} of ${billions(base).slice(1)} bn USD` : "");
    };
    const cell = (a, b) => {
      if (a === b && a.members.length === 1) return el("td", { class: "own" }, "·");
      const change = grouped(a, b, flow), fill = shade(change / 1e5, bounds), dark = DARK.includes(fill);
      const note = () => { $("matrix-note").textContent = describe(a, b); };
      return el("td", { style: { background: fill, color: dark ? "#fff" : "inherit" }, title: describe(a, b), onclick: note },
        Math.abs(change) < 5 ? "0" : sign(change) + (Math.abs(change) / 1000).toFixed(Math.abs(change) < 9950 ? Math.abs(change) < 995 ? 2 : 1 : 0));
    };
    refill("matrix", [el("thead", {}, el("tr", {}, [el("th", { scope: "col" }, "from ↓  to →"), ...groups.map((g) => el("th", { scope: "col", title: g.name }, g.code))])),
      el("tbody", {}, groups.map((a) => el("tr", {}, [el("th", { scope: "row" }, a.name), ...groups.map((b) => cell(a, b))])))]);
    $("matrix-note").textContent = "";
  }
  function drawCorridors() {
    const flows = data.flows.at.map(([o, d, s], k) => ({ o, d, s, x: shown.flows[k] - (compared() ? against.flows[k] : 0) }));
    const pairs = all(countries).flatMap((o) => all(countries).filter((d) => d !== o).map((d) => ({ o, d, x: flow(o, d) }))).sort((a, b) => a.x - b.x);
    const item = ({ o, d, x }) => {
      const parts = flows.filter((f) => f.o === o && f.d === d && f.x * x > 0).sort((a, b) => Math.abs(b.x) - Math.abs(a.x)).slice(0, 2);
      const base = data.trade_baseline[o][d];
      return el("li", {}, [el("span", {}, `${name(o)} → ${name(d)}`),
        el("span", { class: "number" }, [billions(x, " bn"), el("small", {}, base > 0 ? percent(x / base, unit()) : "new")]),
        el("small", {}, parts.map((f) => `${brief(sectors[f.s].name)} ${billions(f.x)}`).join("; "))]);
    };
    const list = (chosen) => (chosen.length ? chosen.map(item) : [el("li", {}, "none")]);
    refill("falls", list(pairs.filter((p) => p.x <= -0.5).slice(0, 10)));
    refill("rises", list(pairs.filter((p) => p.x >= 0.5).slice(-10).reverse()));
  }

  // Variant ------------------------------------------------------------------------------------------
  function drawNote() {
    const parts = [shown.note, compared() ? `Figures below are “${shown.title}” less “${against.title}”; pts are percentage points of the baseline.`
      : "Figures below are changes from the baseline, the world without these measures."];
    $("variant-note").replaceChildren(parts.filter(Boolean).join(" "));
    const welfare = all(countries).map((i) => at("welfare", i));
    const low = welfare.indexOf(Math.min(...welfare)), high = welfare.indexOf(Math.max(...welfare));
    const card = (where, figure, text, detail) => el("li", { class: "card " + (figure[0] === "−" ? "loss" : figure[0] === "+" ? "gain" : "none") },
      [el("h3", {}, where), el("p", { class: "figure" }, figure), el("p", {}, text), el("p", { class: "detail" }, detail)]);
    const country = (i, text) => card(name(i), percent(at("welfare", i), unit()), text, billions(at("welfare_usd", i), " bn USD a year"));
    const focus = data.focus.filter((i) => i !== low && i !== high).slice(0, 2).map((i) => country(i, "Real consumption"));
    refill("variant-cards", [country(low, welfare[low] < 0 ? "Largest loss" : "Smallest gain"), ...focus,
      country(high, welfare[high] > 0 ? "Largest gain" : "Smallest loss"),
      card("World", billions(sum(shown.welfare_usd.map((_, i) => at("welfare_usd", i))), " bn"), "Gains less losses, USD a year", `${welfare.filter((x) => x < -5e-6).length} of ${countries.length} lose`)]);
    const uses = (v, row) => v.measures.includes(row.dataset.measure);
    for (const row of document.querySelectorAll("tr[data-measure]")) row.classList.toggle("off", !uses(shown, row));
    for (const row of document.querySelectorAll("[data-variant]")) row.classList.toggle("now", row.dataset.variant === shown.name);
  }
  function draw() {
    shown = variants[$("variant").selectedIndex];
    against = $("against").selectedIndex === 0 ? zero : variants[$("against").selectedIndex - 1];
    hideTip();
    for (const part of [drawNote, paintMap, drawWelfare, drawCountries, drawDecomposition, drawSectors, drawMatrix, drawCorridors]) part();
  }

  refill("variant", variants.map((v) => el("option", { value: v.name }, v.title)));
  refill("against", [zero, ...variants].map((v) => el("option", { value: v.name }, v.title)));
  const option = (kind) => (item, i) => el("option", { value: `${kind}-${i}` }, item.name);
  refill("sector-choice", [el("optgroup", { label: "Sectors of a country" }, countries.map(option("country"))),
    el("optgroup", { label: "Countries in a sector" }, sectors.map(option("sector")))]);
  $("sector-choice").selectedIndex = data.focus[0] ?? 0;
  $("variant").addEventListener("change", draw);
  $("against").addEventListener("change", draw);
  $("sector-choice").addEventListener("change", drawSectors);
  $("sector-unit").addEventListener("change", drawSectors);
  const opened = [];
  window.addEventListener("beforeprint", () => { for (const d of document.querySelectorAll("details:not([open])")) { d.open = true; opened.push(d); } });
  window.addEventListener("afterprint", () => { for (const d of opened.splice(0)) d.open = false; });
  drawMap();
  draw();
})();
