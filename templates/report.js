"use strict";
// Draws the tables from the page's block of data, and counts again for another threshold. Names of the input are set as text, never as markup.
(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const root = document.documentElement;
  root.classList.add("js");

  const WORDS = { fail: "fails", undecided: "undecided", pass: "passes" };
  const ORDER = { fail: 0, undecided: 1, pass: 2, "": 3 };
  const CELLS = data.columns.counts;
  const RATES = Object.keys(data.metrics).filter((name) => data.metrics[name].denominator.length);
  const LEVEL = `${+(100 * data.confidence).toFixed(2)}%`;
  const NO_VALUE = "–";
  const FIRST_OF_ATTRIBUTE = 15;
  const FIRST_OF_TABLE = 60;
  const REACHES = [2, 3, 4, 6];

  // What there is much of is written by position; its columns have names.
  function named(kind, values) {
    return values && Object.fromEntries(data.columns[kind].map((name, i) => [name, values[i]]));
  }
  const each = (kind, list) => list && list.map((values) => named(kind, values));
  function filled(row) {
    row.counts = named("counts", row.counts);
    row.estimates = each("estimate", row.estimates);
    row.intervals = each("interval", row.intervals);
    return row;
  }
  data.rows = each("row", data.rows).map((row, at) => {
    row.distance = named("distance", row.distance);
    row.judgements = each("judgement", row.judgements);
    return { ...filled(row), at };
  });
  data.slices = each("slice", data.slices);
  if (data.everybody) filled(data.everybody);

  // --- counts into numbers ---

  // The place of the threshold that is shown; null for the audited decisions.
  let place = null;
  const scores = data.scores;
  const isMoved = () => place !== null;

  function audited(row) {
    // Rows that are counted; people, where they stand in several rows, are fewer.
    return { n: row.rows ?? row.people, ...row.counts };
  }

  // People are counted below the first threshold, from each to below the next, and from the last on.
  const fromTheTop = new Map();
  function decided(counted, at) {
    let sums = fromTheTop.get(counted);
    if (!sums) {
      sums = counted.map((column) => {
        if (!column) return null;
        const total = new Array(column.length + 1).fill(0);
        for (let i = column.length - 1; i >= 0; i--) total[i] = total[i + 1] + column[i];
        return total;
      });
      fromTheTop.set(counted, sums);
    }
    const [people, positives] = sums;
    const n = people[0], selected = people[at + 1];
    if (!positives) return { n, selected, tp: null, fp: null, fn: null, tn: null };
    const tp = positives[at + 1], fn = positives[0] - tp, fp = selected - tp;
    return { n, selected, tp, fp, fn, tn: n - selected - fn };
  }

  function cellsOf(row) {
    if (!isMoved()) return audited(row);
    const counted = scores.rows[row.at];
    return counted ? decided(counted, place) : null;
  }

  const everybody = () => (isMoved() ? decided(scores.everybody, place) : audited(data.everybody));

  function minus(whole, part) {
    const rest = {};
    for (const name of ["n", ...CELLS]) {
      rest[name] = whole[name] === null || part[name] === null ? null : whole[name] - part[name];
    }
    return rest;
  }

  function sum(cells, names) {
    let total = 0;
    for (const name of names) {
      const count = name === "all selected" ? everybody().selected : cells[name];
      if (count === null) return null;
      total += count;
    }
    return total;
  }

  // A rate as a fraction; its value is null where nobody is counted.
  function rate(name, cells) {
    const metric = data.metrics[name];
    const num = sum(cells, metric.numerator), den = sum(cells, metric.denominator);
    if (num === null || den === null) return null;
    return { num, den, value: cells.n && den ? num / den : null };
  }

  function wilson(x, n) {
    const z = data.quantile, share = x / n;
    const centre = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
    const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
    return [x === 0 ? 0 : Math.max(0, centre - half), x === n ? 1 : Math.min(1, centre + half)];
  }

  // What is known of a metric in a row, or in everybody: its value, its interval and its people.
  function measure(name, row) {
    const metric = data.metrics[name];
    const isRate = metric.denominator.length > 0;
    if (!isRate && (!isMoved() || !metric.moves)) {
      const found = row.estimates && row.estimates[data.others.indexOf(name)];
      if (!found) return { value: null, ci: null };
      return { value: found.value, ci: found.low === null ? null : [found.low, found.high], small: found.small };
    }
    const cells = row === data.everybody ? everybody() : cellsOf(row);
    if (!cells) return { value: null, ci: null, unknown: true };
    if (!isRate) return { value: composed(name, cells), ci: null, small: cells.n < data.least.people };
    const found = rate(name, cells);
    if (!found) return { value: null, ci: null };
    let ci = null;
    if (found.value !== null) {
      ci = data.clustered ? null : wilson(found.num, found.den);
      if (data.exact && !isMoved()) {
        const exact = row.intervals && row.intervals[RATES.indexOf(name)];
        ci = exact && exact.low !== null ? [exact.low, exact.high] : null;
      }
    }
    return { ...found, ci, small: row.people < data.least.people || found.den < data.least.denominator };
  }

  function composed(name, { tp, fp, fn, tn }) {
    if (tp === null) return null;
    if (name === "f1") return 2 * tp + fp + fn ? (2 * tp) / (2 * tp + fp + fn) : null;
    if (name === "balanced_accuracy" && tp + fn && fp + tn) {
      return (tp * (fp + tn) + tn * (tp + fn)) / (2 * (tp + fn) * (fp + tn));
    }
    return null;
  }

  const members = data.features.map((_, at) => data.rows.filter((row) => row.feature === at && row.judgements));

  // Whom a row is compared with in a metric; a row, or the counts of everybody else.
  function referenceOf(name, row) {
    const found = data.features[row.feature].reference;
    if (found === null) return null;
    if (found === "rest") {
      const mine = cellsOf(row);
      return mine && { title: "everybody else", people: data.everybody.people - row.people, cells: minus(everybody(), mine) };
    }
    let at = typeof found === "number" ? found : found[name];
    if (typeof found !== "number" && isMoved()) {
      const defined = members[row.feature].map((one) => [measure(name, one).value, one.at]).filter(([value]) => value !== null);
      at = defined.length ? defined.reduce((least, one) => (one[0] < least[0] ? one : least))[1] : undefined;
    }
    const other = data.rows[at];
    return other ? { title: other.name, row: other, people: other.people, cells: cellsOf(other) } : null;
  }

  function compare(name, row) {
    const reference = referenceOf(name, row);
    const mine = measure(name, row);
    if (!reference) return { mine, ratio: null, difference: null };
    if (reference.row === row) return { mine, isReference: true, ratio: null, difference: null };
    const theirs = reference.cells && rate(name, reference.cells);
    const found = { mine, theirs, reference, ratio: null, difference: null };
    if (mine.value === null || mine.value === undefined || !theirs || theirs.value === null) return found;
    found.difference = (mine.num * theirs.den - theirs.num * mine.den) / (mine.den * theirs.den);
    if (theirs.num !== 0) found.ratio = (mine.num * theirs.den) / (mine.den * theirs.num);
    found.small =
      mine.small || theirs.den < data.least.denominator || reference.people < data.least.people;
    return found;
  }

  // The verdict of the audit on a comparison, with what it rests on; null once the threshold has moved.
  function judgement(name, row) {
    return (!isMoved() && row.judgements && row.judgements[data.ratios.indexOf(name)]) || null;
  }

  function worstVerdict(row) {
    let worst = "";
    for (const name of data.decisive) {
      const found = row.judgements && row.judgements[data.ratios.indexOf(name)];
      if (found && found.verdict && ORDER[found.verdict] < ORDER[worst]) worst = found.verdict;
    }
    return worst;
  }

  // --- numbers into text, in the same digits as the rest of the tool writes them ---

  // Halves are rounded to the even digit, as Python does.
  function fixed(value, digits) {
    const exact = Math.abs(value).toFixed(digits + 50);
    const cut = exact.length - 50;
    const even = /^50*$/.test(exact.slice(cut)) && "02468".includes(exact[cut - 1]);
    const text = even ? exact.slice(0, cut) : Math.abs(value).toFixed(digits);
    const [whole, part] = text.split(".");
    return `${value < 0 && /[1-9]/.test(text) ? "−" : ""}${grouped(whole)}.${part}`;
  }
  const grouped = (digits) => String(digits).replace(/\B(?=(\d{3})+$)/g, ",");
  const people = (n) => (Number.isInteger(n) ? grouped(n) : fixed(n, 1));

  function percent(value) {
    const shown = `${fixed(100 * value, 1)}%`;
    if (shown === "100.0%" && value < 1) return "more than 99.9%";
    return shown === "0.0%" && value > 0 ? "less than 0.1%" : shown;
  }
  function valueText(name, value) {
    if (value === null || value === undefined) return NO_VALUE;
    return data.metrics[name].denominator.length ? percent(value) : fixed(value, 3);
  }
  // As many decimals as tell numbers from the limits of the tolerance: 0.7999 must not be shown as 0.80.
  function decimalsFor(numbers) {
    let digits = 2;
    const looksLike = (limit) => (one) => one !== limit && fixed(one, digits) === fixed(limit, digits);
    while (digits < 16 && (data.tolerance || []).some((limit) => numbers.some(looksLike(limit)))) digits += 1;
    return digits;
  }
  const ratioText = (ratio) => fixed(ratio, decimalsFor([ratio]));
  const timesText = (ratio) => (ratio > 0 && ratio < 0.005 ? "<0.01 ×" : `${ratioText(ratio)} ×`);
  function signed(value, digits = 1) {
    const text = fixed(value, digits);
    return text.startsWith("−") ? text : `+${text}`;
  }
  const pointsText = (difference) => `${signed(100 * difference)} pts`;
  const distanceText = (name, d) => (data.metrics[name].denominator.length ? pointsText(d) : signed(d, 3));
  const range = (text, [low, high]) => `${text(low)} to ${text(high)}`;
  const thresholdText = (value) => String(value);

  // --- text into the page ---

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }
  function drawn(tag, attributes) {
    const made = document.createElementNS(byId("ink").namespaceURI, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }
  function picture(className, width, height, parts) {
    const made = drawn("svg", { class: className, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", focusable: "false" });
    made.append(...parts);
    return made;
  }

  // Pictures reach so far from 1, to both sides, that the audited ratios lie within; what is still beyond ends in an arrow.
  let reach = REACHES[0];
  const EDGE = 6;
  const isBeyond = (ratio) => !(ratio > 0) || Math.abs(Math.log(ratio)) > Math.log(reach) * 1.0001;
  const across = (ratio) =>
    (isBeyond(ratio) ? (ratio > 1 ? 100 - EDGE : EDGE) : 50 + ((50 - EDGE) * Math.log(ratio)) / Math.log(reach)).toFixed(1);

  function arrow(ratio, className, size) {
    const way = ratio > 1 ? 1 : -1, tip = ratio > 1 ? 99 : 1, foot = tip - way * size;
    return drawn("path", { class: className, d: `M${tip} 8 L${foot} ${8 - size * 0.8} L${foot} ${8 + size * 0.8} Z` });
  }

  // A ratio on a logarithmic scale around 1: shape and colour are the verdict's. Its value stands beside the picture.
  function ratioPicture(ratio, small, judged) {
    const parts = [];
    if (data.tolerance) {
      const [low, high] = data.tolerance.map(across);
      parts.push(drawn("rect", { class: "band", x: low, y: 0, width: high - low, height: 16 }));
    }
    parts.push(drawn("line", { class: "one", x1: 50, x2: 50, y1: 0, y2: 16 }));
    const word = judged && judged.verdict ? WORDS[judged.verdict] : "plain";
    if (judged && judged.low !== null) {
      const high = judged.high === null ? Infinity : judged.high;
      parts.push(drawn("line", { class: `span ${word}`, x1: across(judged.low), x2: across(high), y1: 8, y2: 8 }));
      for (const end of [judged.low, high]) if (isBeyond(end)) parts.push(arrow(end, `end ${word}`, 4));
    }
    if (ratio !== null) {
      const x = across(ratio), of = { class: `dot ${word}${small ? " hollow" : ""}` };
      if (isBeyond(ratio)) parts.push(arrow(ratio, `${of.class} beyond`, 8));
      else if (word === "fails") parts.push(drawn("rect", { ...of, x: x - 3.4, y: 4.6, width: 6.8, height: 6.8, transform: `rotate(45 ${x} 8)` }));
      else if (word === "undecided") parts.push(drawn("rect", { ...of, x: x - 3.2, y: 4.8, width: 6.4, height: 6.4 }));
      else parts.push(drawn("circle", { ...of, cx: x, cy: 8, r: 3.8 }));
    }
    return picture("forest", 100, 16, parts);
  }

  function ratePicture(found, tick) {
    const x = (value) => (2 + 76 * value).toFixed(1);
    const parts = [drawn("line", { class: "axis", x1: 2, x2: 78, y1: 5, y2: 5 })];
    if (tick !== null && tick !== undefined) parts.push(drawn("line", { class: "tick", x1: x(tick), x2: x(tick), y1: 0, y2: 10 }));
    if (found.ci) parts.push(drawn("line", { class: "span plain", x1: x(found.ci[0]), x2: x(found.ci[1]), y1: 5, y2: 5 }));
    parts.push(drawn("circle", { class: `dot plain${found.small ? " hollow" : ""}`, cx: x(found.value), cy: 5, r: 2.8 }));
    return picture("bar", 80, 10, parts);
  }

  // --- tables that sort, filter and explain their cells ---

  const tips = new WeakMap();

  function makeTable(table, { columns, rows, first, more, said, noun, caption }) {
    const state = { rows, column: null, descending: false, filter: null, first, shown: first };
    const head = element("tr");
    const headers = columns.map((column) => {
      const th = element("th", column.numeric ? "number" : "");
      th.scope = "col";
      th.setAttribute("aria-sort", "none");
      const button = element("button", "sort");
      button.type = "button";
      button.append(element("span", "", column.head));
      if (column.small) button.append(" ", element("small", "", column.small));
      button.addEventListener("click", () => {
        state.descending = state.column === column ? !state.descending : Boolean(column.numeric);
        state.column = column;
        columns.forEach((one, i) =>
          headers[i].setAttribute("aria-sort", one !== column ? "none" : state.descending ? "descending" : "ascending"),
        );
        render();
      });
      th.append(button);
      head.append(th);
      return th;
    });
    table.tHead.replaceChildren(head);
    const body = table.tBodies[0];

    function chosen() {
      let found = state.filter ? state.rows.filter(state.filter) : state.rows;
      const { column, descending } = state;
      if (column) {
        const keyed = found.map((row) => [column.key(row), row]);
        const way = descending ? -1 : 1;
        keyed.sort(([a], [b]) => {
          // What has no value comes last, whichever way.
          const none = (a === null || a === undefined) - (b === null || b === undefined);
          if (none || a === null || a === undefined) return none;
          return way * (typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : a - b);
        });
        found = keyed.map(([, row]) => row);
      }
      return found;
    }

    function render() {
      hideTip();
      const found = chosen();
      body.replaceChildren(...found.slice(0, state.shown).map((row) => rowOf(row, columns)));
      if (!body.rows.length) {
        const nothing = element("td", "nothing", `No ${noun} matches.`);
        nothing.colSpan = columns.length;
        const line = element("tr");
        line.append(nothing);
        body.append(line);
      }
      const start = body.querySelector("td[tabindex]");
      if (start) start.tabIndex = 0;
      if (more) {
        const rest = found.length - state.shown;
        more.hidden = rest <= 0;
        more.textContent = rest > 0 ? `Show ${people(rest)} more ${rest === 1 ? noun : `${noun}s`}` : "";
      }
      if (said) said.textContent = `${people(found.length)} of ${people(rows.length)} ${noun}s`;
      if (caption) caption();
    }
    if (more) {
      more.addEventListener("click", () => {
        const next = body.rows.length;
        state.shown = Infinity;
        render();
        const cell = body.rows[next] && body.rows[next].cells[0];
        if (cell) moveTo(cell);
      });
    }
    return {
      render,
      filter(predicate) {
        state.filter = predicate;
        state.shown = state.first;
        render();
      },
    };
  }

  function rowOf(row, columns) {
    const line = element("tr");
    if (row.at !== undefined) line.dataset.row = row.at;
    for (const column of columns) {
      const cell = element(column.isName ? "th" : "td", column.numeric ? "number" : "");
      if (column.isName) cell.scope = "row";
      cell.tabIndex = -1;
      column.fill(cell, row);
      if (column.tip) tips.set(cell, () => column.tip(row));
      line.append(cell);
    }
    return line;
  }

  function moveTo(cell) {
    const body = cell.closest("tbody");
    for (const other of body.querySelectorAll("[tabindex='0']")) other.tabIndex = -1;
    cell.tabIndex = 0;
    cell.focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hideTip();
    const cell = event.target.closest && event.target.closest("tbody td[tabindex], tbody th[tabindex]");
    if (!cell || event.target !== cell || event.altKey || event.ctrlKey || event.metaKey) return;
    const line = cell.parentElement, at = cell.cellIndex;
    const beside = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: line.cells.length - 1 }[event.key];
    const other = { ArrowDown: line.nextElementSibling, ArrowUp: line.previousElementSibling }[event.key];
    const next = beside !== undefined ? line.cells[beside] : other && other.cells[at];
    if (beside !== undefined || other !== undefined) event.preventDefault();
    if (next) moveTo(next);
  });

  const tip = byId("tip");
  let tipped = null;
  let closing = 0;

  function showTip(cell) {
    clearTimeout(closing);
    if (tipped === cell) return;
    hideTip();
    const make = tips.get(cell);
    const lines = make && make();
    if (!lines || !lines.length) return;
    tipped = cell;
    tip.replaceChildren(...lines.map((line, i) => element(i ? "p" : "strong", "", line)));
    tip.hidden = false;
    cell.setAttribute("aria-describedby", "tip");
    putTip();
  }
  function putTip() {
    const box = tipped.getBoundingClientRect(), width = tip.offsetWidth, height = tip.offsetHeight;
    const left = Math.max(8, Math.min(box.left, root.clientWidth - width - 8));
    const below = box.bottom + height + 8 < window.innerHeight;
    tip.style.left = `${left}px`;
    tip.style.top = `${below ? box.bottom + 4 : Math.max(4, box.top - height - 4)}px`;
  }
  function hideTip() {
    clearTimeout(closing);
    if (tipped) tipped.removeAttribute("aria-describedby");
    tipped = null;
    tip.hidden = true;
  }
  const cellOf = (target) => (target instanceof Element ? target.closest("tbody td, tbody th") : null);
  document.addEventListener("pointerover", (event) => {
    if (tip.contains(event.target)) return clearTimeout(closing);
    const cell = cellOf(event.target);
    if (cell && tips.has(cell)) return showTip(cell);
    clearTimeout(closing);
    closing = setTimeout(() => tipped !== document.activeElement && hideTip(), 150);
  });
  document.addEventListener("focusin", (event) => {
    const cell = cellOf(event.target);
    if (cell && cell === event.target) showTip(cell);
    else hideTip();
  });
  // The focus may have scrolled the page itself, and its explanation goes along.
  const follow = () => (tipped && tipped === document.activeElement ? putTip() : hideTip());
  document.addEventListener("scroll", follow, { passive: true, capture: true });

  // --- columns ---

  const nameColumn = (head, text, tip) => ({
    head,
    isName: true,
    key: text,
    fill: (cell, row) => cell.append(element("bdi", "", text(row))),
    tip,
  });
  const featureColumn = (head) => ({
    head,
    key: (row) => data.features[row.feature].name,
    fill(cell, row) {
      cell.className = "name";
      cell.dataset.label = head;
      cell.append(element("bdi", "", data.features[row.feature].name));
    },
  });
  const PEOPLE = data.words.people[0].toUpperCase() + data.words.people.slice(1);
  const peopleColumn = {
    head: PEOPLE,
    numeric: true,
    key: (row) => row.people,
    fill: (cell, row) => {
      cell.textContent = people(row.people);
      cell.dataset.label = PEOPLE;
      cell.dataset.value = row.people;
    },
  };

  function headOf(name) {
    const { head, name: long } = data.metrics[name];
    return { head, small: long === head.toLowerCase() ? "" : long };
  }

  function countsText(name, found) {
    const { among } = data.metrics[name];
    if (found.unknown) return "not counted at other thresholds";
    if (found.value === null && found.den !== undefined) return `undefined: there are no ${among}`;
    const ci = found.ci ? `${LEVEL} interval ${range((v) => valueText(name, v), found.ci)}` : "";
    const counts = found.den === undefined ? "" : `${people(found.num)} of ${people(found.den)} ${among}`;
    return [counts, ci].filter(Boolean).join("; ") || (found.value === null ? "undefined" : "no interval is computed");
  }

  const shareText = (found) =>
    found.den === undefined || found.value === null || found.value === undefined ? "" : `${people(found.num)} of ${people(found.den)}`;

  // A rate, or another measure, with its interval.
  function rateColumn(name) {
    return {
      ...headOf(name),
      numeric: true,
      key: (row) => measure(name, row).value,
      fill(cell, row) {
        const found = measure(name, row);
        cell.dataset.metric = name;
        cell.dataset.label = data.metrics[name].head;
        cell.dataset.value = found.value ?? "";
        cell.dataset.numerator = found.num ?? "";
        cell.dataset.denominator = found.den ?? "";
        cell.dataset.low = found.ci ? found.ci[0] : "";
        cell.dataset.high = found.ci ? found.ci[1] : "";
        if (found.small) cell.classList.add("small");
        cell.append(element("span", "rate", valueText(name, found.value)));
        if (found.value === null || found.value === undefined) return;
        const counts = shareText(found);
        if (counts) cell.append(" ", element("span", "counts", counts));
        cell.append(ratePicture(found, measure(name, data.everybody).value));
        if (found.ci) cell.append(element("span", "ci", `${LEVEL}: ${range((v) => valueText(name, v), found.ci)}`));
      },
      tip(row) {
        const found = measure(name, row);
        const lines = [`${row.name}: ${data.metrics[name].name} ${valueText(name, found.value)}`, countsText(name, found)];
        lines.push(`Everybody: ${valueText(name, measure(name, data.everybody).value)}`);
        if (found.small) lines.push(`Few ${data.words.people}: lean on it lightly.`);
        if (isMoved()) lines.push(`At the audited decisions: ${atAudit(() => valueText(name, measure(name, row).value))}`);
        return lines;
      },
    };
  }

  function atAudit(ask) {
    const now = place;
    place = null;
    try {
      return ask();
    } finally {
      place = now;
    }
  }

  // A group's ratio to its reference, with the verdict of the audit.
  function ratioColumn(name) {
    return {
      ...headOf(name),
      numeric: true,
      key: (row) => compare(name, row).ratio,
      fill(cell, row) {
        const found = compare(name, row), judged = judgement(name, row);
        cell.dataset.metric = name;
        cell.dataset.value = found.mine.value ?? "";
        cell.dataset.ratio = found.ratio ?? "";
        cell.dataset.difference = found.difference ?? "";
        cell.dataset.label = data.metrics[name].head;
        if (found.small) cell.classList.add("small");
        cell.append(element("span", "rate", valueText(name, found.mine.value)));
        const counts = shareText(found.mine);
        if (counts) cell.append(" ", element("span", "counts", counts));
        const text = found.isReference ? "reference" : found.ratio === null ? NO_VALUE : timesText(found.ratio);
        const beside = element("span", "beside");
        if (!found.isReference && (found.ratio !== null || (judged && judged.low !== null))) {
          // Above a reference of 0 a rate is drawn beyond the edge, though it has no ratio.
          const isEndless = found.ratio === null && found.mine.value > 0 && found.theirs && found.theirs.num === 0;
          beside.append(ratioPicture(isEndless ? Infinity : found.ratio, found.small, judged));
        }
        beside.append(element("span", "ratio", text));
        cell.append(" ", beside);
        if (!judged || (!judged.verdict && judged.low === null)) return;
        const behind = element("span", "judged");
        if (judged.verdict) behind.append(element("span", `mark ${WORDS[judged.verdict]}`, WORDS[judged.verdict]), " ");
        if (judged.low !== null) behind.append(element("span", "ci", `${judged.level}%: ${ratioRange(judged)}`));
        cell.append(" ", behind);
      },
      tip(row) {
        const found = compare(name, row), judged = judgement(name, row);
        const lines = [`${row.name}: ${data.metrics[name].name} ${valueText(name, found.mine.value)}`, countsText(name, found.mine)];
        if (found.isReference) lines.push("The reference group.");
        if (found.theirs) {
          lines.push(
            `Compared with ${found.reference.title}: ${valueText(name, found.theirs.value)}; ` +
              `${people(found.theirs.num)} of ${people(found.theirs.den)} ${data.metrics[name].among}`,
          );
        }
        if (found.ratio === null && found.theirs && !found.isReference) {
          lines.push(`No ratio: ${found.theirs.num === 0 && found.theirs.den ? "nothing can be divided by 0" : "one of the two is undefined"}`);
        }
        if (found.ratio !== null) {
          const ci = judged && judged.low !== null ? `, ${judged.level}% interval ${ratioRange(judged)}` : "";
          lines.push(`Ratio ${timesText(found.ratio).replace(" ×", "")}${ci}`);
        }
        if (found.difference !== null) {
          const ci = judged && judged.difference_low !== null ? `, ${LEVEL} interval ${signed(100 * judged.difference_low)} to ${signed(100 * judged.difference_high)}` : "";
          lines.push(`Difference ${signed(100 * found.difference)} points${ci}`);
        }
        if (judged && judged.verdict) lines.push(verdictText(judged));
        else if (isMoved() && !found.isReference) lines.push("No verdict: it belongs to the audited decisions.");
        return lines;
      },
    };
  }
  function reachOf(rows) {
    const far = rows.flatMap((row) =>
      data.ratios.map((name) => compare(name, row)).filter(({ ratio, small }) => ratio && !small).map(({ ratio }) => Math.exp(Math.abs(Math.log(ratio)))),
    );
    const farthest = far.reduce((most, one) => Math.max(most, one), 1);
    return REACHES.find((one) => one >= farthest) || REACHES.at(-1);
  }
  function ratioRange({ low, high }) {
    const digits = decimalsFor(high === null ? [low] : [low, high]);
    return high === null ? `${fixed(low, digits)} and more` : `${fixed(low, digits)} to ${fixed(high, digits)}`;
  }
  function verdictText({ verdict, needed, aim, flips }) {
    let text = WORDS[verdict][0].toUpperCase() + WORDS[verdict].slice(1);
    if (needed && aim) text += `; ${data.words.needed[aim].replace("{needed}", people(needed))}`;
    if (flips) text += `; ${people(flips)} changed decision${flips === 1 ? "" : "s"} would turn it`;
    return `${text}.`;
  }

  const verdictColumn = {
    head: "Verdict",
    key: (row) => (isMoved() || !worstVerdict(row) ? null : String(ORDER[worstVerdict(row)])),
    fill(cell, row) {
      cell.dataset.label = "Verdict";
      const verdict = isMoved() ? "" : worstVerdict(row);
      // It is the ratio that fails, and not the group; whoever is worse off may be the reference.
      const isReference = !isMoved() && Object.keys(data.metrics).some((name) => compare(name, row).isReference);
      cell.append(verdict ? element("span", `mark ${WORDS[verdict]}`, `ratio ${WORDS[verdict]}`) : isReference ? "reference" : NO_VALUE);
    },
  };

  const distanceColumn = (name) => ({
    head: "To the rest",
    small: `${data.metrics[name].name}, minus everybody else’s`,
    numeric: true,
    key: (row) => (row.distance ? row.distance.difference : null),
    fill(cell, row) {
      cell.dataset.label = "To the rest";
      cell.dataset.value = row.distance ? row.distance.difference : "";
      cell.append(element("span", "rate", row.distance ? distanceText(name, row.distance.difference) : NO_VALUE));
      if (row.distance) cell.append(element("span", "ci", `${row.distance.level}: ${distanceText(name, row.distance.low)} to ${distanceText(name, row.distance.high)}`));
    },
    tip: (row) =>
      row.distance
        ? [
            `${row.name}: ${distanceText(name, row.distance.difference)} to everybody else`,
            `${row.distance.level} interval ${distanceText(name, row.distance.low)} to ${distanceText(name, row.distance.high)}, which allows for the choice of a slice`,
            "Positive: higher than everybody else’s.",
          ]
        : null,
  });

  // --- the tables of the page ---

  const drawers = [];

  for (const table of document.querySelectorAll("table.ratios")) {
    const attribute = Number(table.dataset.attribute);
    const details = table.closest("details");
    const more = element("button", "more");
    more.type = "button";
    more.hidden = true;
    table.closest(".scroll").after(more);
    const grid = makeTable(table, {
      columns: [nameColumn("Group", (row) => row.name), peopleColumn, ...data.ratios.map(ratioColumn)],
      rows: members[attribute],
      first: FIRST_OF_ATTRIBUTE,
      more,
      noun: "group",
    });
    let stale = true;
    const draw = () => {
      stale = !details.open;
      if (details.open) grid.render();
    };
    details.addEventListener("toggle", () => stale && draw());
    drawers.push(draw);
  }

  const groups = byId("groups-table") && groupsTable();
  function groupsTable() {
    const mine = data.rows.filter((row) => row.is_group);
    const verdict = byId("groups-verdict");
    const grid = makeTable(byId("groups-table"), {
      columns: [
        featureColumn("Attribute"),
        nameColumn("Group", (row) => row.name),
        ...(verdict ? [verdictColumn] : []),
        peopleColumn,
        ...data.rates.map(rateColumn),
      ],
      rows: mine,
      first: FIRST_OF_TABLE,
      more: byId("groups-more"),
      said: byId("groups-said"),
      noun: "group",
    });
    const feature = offered(byId("groups-feature"), mine);
    const text = byId("groups-text");
    const filter = () =>
      grid.filter(
        (row) =>
          (feature.value === "" || row.feature === Number(feature.value)) &&
          (!verdict || isMoved() || verdict.value === "" || worstVerdict(row) === verdict.value) &&
          holds(row, text.value, false),
      );
    [feature, verdict, text].forEach((control) => control && control.addEventListener("input", filter));
    drawers.push(() => {
      // Verdicts are the audit's, and cannot be chosen by at another threshold.
      if (verdict) verdict.disabled = isMoved();
      filter();
    });
    return grid;
  }

  if (byId("slices-table")) {
    const main = data.main;
    const mine = data.slices.map((slice) => data.rows[slice.row]);
    const few = new Set(data.slices.filter((slice) => slice.is_small).map((slice) => data.rows[slice.row]));
    const columns = data.measures.map(rateColumn);
    const grid = makeTable(byId("slices-table"), {
      columns: [
        featureColumn("Feature"),
        nameColumn("Slice", (row) => row.name),
        peopleColumn,
        ...columns.slice(0, 1),
        ...(main ? [distanceColumn(main)] : []),
        ...columns.slice(1),
      ],
      rows: mine,
      first: FIRST_OF_TABLE,
      more: byId("slices-more"),
      said: byId("slices-said"),
      noun: "slice",
    });
    const text = byId("slices-text"), feature = offered(byId("slices-feature"), mine), small = byId("slices-small");
    const filter = () =>
      atAudit(() =>
        grid.filter(
          (row) =>
            (feature.value === "" || row.feature === Number(feature.value)) &&
            (small.checked || !few.has(row)) &&
            holds(row, text.value, true),
        ),
      );
    [text, feature, small].forEach((control) => control.addEventListener("input", filter));
    // Slices stay at the audited decisions, whatever the slider says.
    for (const column of columns) {
      for (const part of ["key", "fill", "tip"]) {
        const ask = column[part];
        column[part] = (...given) => atAudit(() => ask.apply(column, given));
      }
    }
    grid.render();
  }

  function offered(select, rows) {
    for (const at of new Set(rows.map((row) => row.feature))) {
      const option = element("option", "", data.features[at].name);
      option.value = at;
      select.append(option);
    }
    return select;
  }
  function holds(row, text, withFeature) {
    const wanted = text.trim().toLowerCase().split(/\s+/);
    const hay = `${withFeature ? `${data.features[row.feature].name} = ` : ""}${row.name}`.toLowerCase();
    return wanted.every((word) => hay.includes(word));
  }
  for (const form of document.querySelectorAll("form")) form.addEventListener("submit", (event) => event.preventDefault());

  const overview = byId("overview");
  if (overview) {
    const ranks = { fails: 0, undecided: 1, passes: 2 };
    const lines = [...overview.tBodies[0].rows];
    const key = (line, at) => {
      const text = line.cells[at].textContent.trim();
      if (text in ranks) return ranks[text];
      return text === NO_VALUE ? 9 : /^[\d,]+$/.test(text) && at ? Number(text.replaceAll(",", "")) : text;
    };
    const headers = [...overview.tHead.rows[0].cells];
    headers.forEach((th, at) => {
      const button = element("button", "sort");
      button.type = "button";
      const label = element("span");
      label.append(th.firstChild);
      button.append(label, ...th.childNodes);
      th.append(button);
      th.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const descending = th.getAttribute("aria-sort") === "ascending";
        headers.forEach((other) => other.setAttribute("aria-sort", "none"));
        th.setAttribute("aria-sort", descending ? "descending" : "ascending");
        const way = descending ? -1 : 1;
        lines.sort((one, other) => {
          const a = key(one, at), b = key(other, at);
          return way * (typeof a === "string" || typeof b === "string" ? String(a).localeCompare(String(b), "en", { numeric: true }) : a - b);
        });
        overview.tBodies[0].replaceChildren(...lines);
      });
    });
  }

  // --- the threshold ---

  const slider = byId("slider");
  const note = byId("moved-note");
  const answerNote = byId("answer-moved");

  function drawAll() {
    document.body.classList.toggle("moved", isMoved());
    for (const draw of drawers) draw();
    if (slider) tell();
  }

  let speaking = 0;
  function tell() {
    const shown = scores.thresholds[Number(slider.value)];
    const all = everybody();
    const settled = !isMoved();
    const byScore = settled && scores.audited === null;
    byId("threshold-value").textContent = byScore ? NO_VALUE : thresholdText(shown);
    const rates = ["fpr", "fnr", "accuracy"].filter((name) => name in data.metrics && name !== "pprev");
    const said = rates
      .map((name) => [name, measure(name, data.everybody).value])
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${data.metrics[name].head === data.metrics[name].head.toUpperCase() ? data.metrics[name].head : data.metrics[name].name} ${percent(value)}`);
    const title = settled ? (byScore ? `The audited decisions (${scores.rule})` : "The audited threshold") : `At ${thresholdText(shown)}, not the audited threshold`;
    const text =
      `${title}: ${people(all.selected)} of ${people(all.n)} ${data.words.selected} (${percent(all.selected / all.n)})` +
      `${said.length ? `; ${said.join(", ")}` : ""}.${outside()}`;
    byId("threshold-said").textContent = text;
    slider.setAttribute("aria-valuetext", settled && !byScore ? `${thresholdText(shown)}, as audited` : byScore ? "as audited" : thresholdText(shown));
    const back = byId("back");
    back.hidden = settled;
    const home = scores.audited === null ? "the audited decisions" : `the audited ${thresholdText(scores.thresholds[scores.audited])}`;
    back.textContent = `Back to ${home}`;
    if (note) {
      note.hidden = settled;
      note.textContent = settled
        ? ""
        : `The ratios and rates below are those at threshold ${thresholdText(shown)}. Verdicts, and intervals of ratios, belong to ${home} and are not shown; ` +
          `rates carry ${LEVEL} Wilson intervals. Slices stay at the audited decisions.`;
    }
    if (answerNote) {
      answerNote.hidden = settled;
      answerNote.textContent = settled ? "" : `This is the answer at ${home}; below, the threshold has been moved to ${thresholdText(shown)}.`;
    }
    for (const bar of byId("histogram").querySelectorAll("g")) {
      bar.classList.toggle("on", !byScore && Number(bar.dataset.place) >= Number(slider.value));
    }
    clearTimeout(speaking);
    if (!settled || byId("threshold-live").textContent) {
      speaking = setTimeout(() => (byId("threshold-live").textContent = text), 500);
    }
  }

  // How many of the ratios that form the verdict lie outside the tolerance, whatever chance may have done.
  function outside() {
    let all = 0, out = 0;
    for (const row of members.flat()) {
      for (const name of data.decisive) {
        const { ratio } = compare(name, row);
        if (ratio === null) continue;
        all += 1;
        if (ratio < data.tolerance[0] || ratio > data.tolerance[1]) out += 1;
      }
    }
    if (!all) return "";
    return ` ${people(out)} of ${people(all)} ratios lie outside ${fixed(data.tolerance[0], 2)} to ${fixed(data.tolerance[1], 2)}.`;
  }

  function startSlider() {
    const { thresholds, audited: home, everybody: counted } = scores;
    const middle = home === null ? Math.floor(thresholds.length / 2) : home;
    byId("score-column").textContent = scores.column;
    slider.max = thresholds.length - 1;
    slider.value = middle;
    const [all, ones] = counted;
    // One bar for each place of the slider: the people from there to the next.
    // A few very tall ones are cut, or nothing else could be seen.
    const bars = all.slice(1), mean = bars.reduce((a, b) => a + b, 0) / bars.length, most = Math.max(1, Math.min(Math.max(...bars), 4 * mean));
    const histogram = byId("histogram");
    histogram.setAttribute("viewBox", `0 0 ${bars.length} 100`);
    bars.forEach((count, at) => {
      const tall = Math.min(100, (100 * count) / most), dark = ones && count ? (tall * ones[at + 1]) / count : 0;
      const bar = drawn("g", { "data-place": at });
      bar.append(
        drawn("rect", { class: "zeros", x: at + 0.08, y: 100 - tall, width: 0.84, height: tall }),
        drawn("rect", { class: "ones", x: at + 0.08, y: 100 - dark, width: 0.84, height: dark }),
      );
      histogram.append(bar);
    });
    if (home !== null) {
      // A foot marks the audited threshold.
      histogram.append(drawn("rect", { class: "home", x: home, y: 92, width: Math.max(bars.length / 200, 0.1), height: 8 }));
    }
    let waiting = false;
    slider.addEventListener("input", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        const at = Number(slider.value);
        place = at === home ? null : at;
        drawAll();
      });
    });
    byId("back").addEventListener("click", () => {
      place = null;
      slider.value = middle;
      drawAll();
      slider.focus();
    });
    const panel = byId("threshold");
    panel.hidden = false;
    // What is jumped to must not lie under the panel.
    new ResizeObserver(() => root.style.setProperty("--panel", `${panel.offsetHeight}px`)).observe(panel);
  }
  if (slider && scores) startSlider();

  // --- the page ---

  // Cells take the focus, and bring what is beside the edge into view; the frame around them need not.
  for (const frame of document.querySelectorAll(".scroll")) frame.removeAttribute("tabindex");

  function openTarget() {
    const target = location.hash.startsWith("#attribute-") && byId(location.hash.slice(1));
    if (target) target.open = true;
    const provenance = location.hash === "#settings" && document.querySelector("details.provenance");
    if (provenance) provenance.open = true;
  }
  window.addEventListener("hashchange", openTarget);
  let closed = [];
  window.addEventListener("beforeprint", () => {
    hideTip();
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const one of closed) one.open = true;
    for (const draw of drawers) draw();
  });
  window.addEventListener("afterprint", () => {
    for (const one of closed) one.open = false;
    closed = [];
  });

  reach = reachOf(members.flat());
  if (byId("reach")) byId("reach").textContent = `it reaches from 1/${reach} to ${reach} times, and an arrow points beyond`;
  drawAll();
  openTarget();
})();
