// SPDX-License-Identifier: MIT

// The page as one that is worked with: D3 draws the plots of its data, tables sort, and queues are
// switched off, or picked, in all plots and tables at once. chart_data.c says what a plot's data are.
//
// D3 and not Chart.js, whose file is smaller, 200 KB rather than 258: Chart.js has no intervals, and its
// canvas prints as dots. The 512 points of the plot with most took it 0.15 to 0.45 s, and D3 0.02 to 0.06.
"use strict";
(() => {
	const queues = JSON.parse(document.getElementById("queues").textContent);
	const byName = new Map(queues.map(queue => [queue.name, queue]));
	const picked = new Set();
	const plots = [];
	const make = (parent, tag, attributes = {}, text = "") => {
		const node = document.createElement(tag);
		Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
		node.textContent = text;
		return parent.appendChild(node);
	};
	const tip = make(document.body, "div", { id: "tip", role: "status", "aria-live": "polite" });

	// Black is invisible on a dark ground
	const inked = colour => colour === "#000000" ? "var(--ink)" : colour;

	/** The queue that a text begins with: the longest name, not inside of a word. */
	const names = [...byName.keys()].sort((a, b) => b.length - a.length);
	const queueOf = text => byName.has(text) ? text : names.find(name =>
		text.startsWith(name) && !/[\w/.-]/.test(text[name.length] || " "));

	// Filter and pick

	const shown = name => !byName.has(name) || byName.get(name).shown;

	function drawFilter() {
		if (queues.length === 0) {
			return;
		}
		const box = document.createElement("details");
		box.id = "filter";
		const summary = make(box, "summary");
		const label = make(box, "label", {}, "Names with ");
		const search = make(label, "input", { type: "search", "aria-label": "Names with" });
		const kinds = [0, 1, 2].map(group => {
			const values = [...new Set(queues.map(queue => queue.kinds[group]))].sort();
			const field = make(box, "fieldset");
			make(field, "legend", {}, ["What a stopped thread stops", "Room", "Order"][group]);
			return values.map(value => {
				const line = make(field, "label");
				const input = make(line, "input", { type: "checkbox", value });
				input.checked = true;
				line.append(" " + value);
				return input;
			});
		});
		const list = make(box, "ul");
		for (const queue of queues) {
			const item = make(list, "li");
			queue.input = make(item, "input", { type: "checkbox", "aria-label": `show ${queue.name}` });
			queue.input.checked = true;
			queue.button = make(item, "button", { type: "button", "aria-pressed": false,
				title: "highlight everywhere" });
			queue.button.append(sample(queue), " " + queue.name);
			queue.button.onclick = () => pick(queue.name);
		}
		make(box, "p", {}, "A click on a row, a point or a name highlights its queue everywhere. By keyboard: Tab to a " +
			"table or a plot, arrow keys, Enter.");
		for (const [text, on] of [["all", true], ["none", false]]) {
			make(box, "button", { type: "button" }, text).onclick = () => {
				queues.forEach(queue => queue.input.checked = on);
				apply();
			};
		}
		box.oninput = apply;
		document.querySelector("nav").after(box);

		function apply() {
			const wanted = kinds.map(inputs => inputs.filter(input => input.checked).map(input => input.value));
			for (const queue of queues) {
				queue.shown = queue.input.checked && queue.name.toLowerCase().includes(search.value.trim().toLowerCase()) &&
					wanted.every((values, group) => values.includes(queue.kinds[group]));
			}
			const count = queues.filter(queue => queue.shown).length;
			summary.textContent = `Queues: ${count} of ${queues.length} are shown` +
				(picked.size ? `; highlighted: ${[...picked].join(", ")}` : "");
			follow();
		}
		queues.apply = apply;
		apply();
	}

	function pick(name) {
		if (byName.has(name)) {
			picked.has(name) ? picked.delete(name) : picked.add(name);
			byName.get(name).button.setAttribute("aria-pressed", picked.has(name));
			queues.apply();
		}
	}

	/** All tables follow the filter. The Tab key stops at one row of each: arrow keys go to the others. */
	function markTables() {
		const stops = new Map();
		for (const { row, queue } of rows) {
			row.hidden = !shown(queue);
			row.classList.toggle("picked", picked.has(queue));
			if (!row.hidden && (row.tabIndex === 0 || !stops.has(row.parentNode))) {
				stops.set(row.parentNode, row);
			} else if (row.hidden) {
				row.removeAttribute("tabindex");
			}
		}
		stops.forEach(row => row.tabIndex = 0);
		for (const { span, queue } of spans) {
			span.classList.toggle("off", !shown(queue));
			span.classList.toggle("picked", picked.has(queue));
		}
	}

	/** All plots and tables follow the filter. */
	function follow() {
		markTables();
		plots.forEach(plot => plot.stale = true);
		drawSeen();
	}

	/** Goes from a row to the next one that is shown, or the one before. */
	function goFrom(row, side) {
		let next = row[side];
		while (next && (!next.queue || next.hidden)) {
			next = next[side];
		}
		if (next) {
			row.removeAttribute("tabindex");
			next.tabIndex = 0;
			next.focus();
		}
	}

	// Tables

	const rows = [];
	const spans = [];

	/** Rows of a queue are its own; elsewhere its name may be inside a text. */
	function readTable(table) {
		const heads = [...table.tHead.rows[0].cells];
		const column = heads.findIndex(head => ["queue", "what ran"].includes(head.textContent));
		heads.forEach((head, place) => {
			const button = make(head, "button", { type: "button" }, head.textContent);
			head.firstChild.remove();
			button.onclick = () => sort(table, head, place);
		});
		if (column >= 0) {
			for (const row of table.tBodies[0].rows) {
				const queue = queueOf(row.cells[column].textContent.replace(/^dirwalk /, ""));
				if (queue) {
					row.queue = queue;
					rows.push({ row, queue });
				}
			}
		} else if (names.length > 0) {
			const escaped = names.map(name => name.replace(/[^\w]/g, "\\$&"));
			const pattern = new RegExp(`(?<![\\w/.-])(${escaped.join("|")})(?![\\w/.-])`);
			for (const cell of table.tBodies[0].querySelectorAll("td:not(:first-child)")) {
				const parts = cell.children.length ? [] : cell.textContent.split(pattern);
				if (parts.length > 1) {
					cell.textContent = "";
					parts.forEach((part, place) => {
						if (place % 2) {
							spans.push({ span: make(cell, "span", {}, part), queue: part });
						} else {
							cell.append(part);
						}
					});
				}
			}
		}
	}

	/** Where the page is narrow, a long cell of a card shows two lines, and the rest on a click. */
	function foldCell(cell) {
		const text = document.createElement("div");
		const heading = cell.dataset.heading;
		text.className = "folded";
		text.dataset.heading = heading;
		cell.removeAttribute("data-heading");
		text.append(...cell.childNodes);
		cell.append(text);
		const button = make(cell, "button",
			{ type: "button", class: "more", "aria-expanded": false, "aria-label": `more: ${heading}` }, "more");
		button.onclick = () => {
			const folded = text.classList.toggle("folded");
			button.setAttribute("aria-expanded", !folded);
			button.textContent = folded ? "more" : "less";
		};
	}

	/** What a cell is sorted by: its first number in one unit, or its text. */
	function valueOf(cell) {
		const units = { ns: 1, "µs": 1e3, ms: 1e6, s: 1e9, k: 1e3, M: 1e6 };
		const found = /^[~?* ]*([-+]?[\d.]+(?:e[-+]?\d+)?) ?([^ )]*)/.exec(cell.textContent);
		if (!found) {
			return cell.classList.contains("n") || cell.textContent === "–" ? Infinity : cell.textContent;
		}
		const number = Number(found[1]);
		return found[2] === "%" && /^[-+]/.test(found[1]) ? 1 + number / 100 : number * (units[found[2]] || 1);
	}

	function sort(table, head, place) {
		const down = head.getAttribute("aria-sort") === "ascending";
		for (const other of table.tHead.rows[0].cells) {
			other.removeAttribute("aria-sort");
		}
		head.setAttribute("aria-sort", down ? "descending" : "ascending");
		const keyed = [...table.tBodies[0].rows].map(row => [valueOf(row.cells[place]), row]);
		keyed.sort(([a], [b]) => {
			// What has no number comes last, in either order
			if (a === Infinity || b === Infinity) {
				return (a === Infinity) - (b === Infinity);
			}
			const order = typeof a === typeof b ? (a > b) - (a < b) : typeof a === "number" ? -1 : 1;
			return down ? -order : order;
		});
		table.tBodies[0].append(...keyed.map(([, row]) => row));
	}

	/** What is folded becomes part of the page when it is opened. */
	function unpack(fold) {
		const packed = fold.querySelector(":scope > script");
		if (packed) {
			packed.outerHTML = packed.textContent;
			fold.querySelectorAll("table").forEach(readTable);
			markTables();
		}
	}

	/** A link leads into what is folded. */
	function unfold() {
		let name = location.hash.slice(1);
		try {
			name = decodeURIComponent(name);
		} catch (error) {
			// It is no code: it stands for itself
		}
		const packed = name && [...document.querySelectorAll("details > script")].find(script =>
			script.textContent.includes(` id="${name}"`));
		if (packed) {
			unpack(packed.parentNode);
		}
		const target = name && document.getElementById(name);
		for (let node = target; node; node = node.parentElement) {
			if (node.tagName === "DETAILS") {
				node.open = true;
			}
		}
		if (target) {
			target.scrollIntoView();
		}
	}

	// Plots

	const symbols = [d3.symbolSquare, d3.symbolCircle, d3.symbolTriangle, d3.symbolTriangle, d3.symbolDiamond];

	/** A point by gnuplot's number: odd ones from 5 on are filled. */
	function drawPoint(group, look, x, y, size = 42) {
		const at = group.append("path").attr("transform", `translate(${x},${y})` +
			(look.point === 10 || look.point === 11 ? " rotate(180)" : ""))
			.attr("d", d3.symbol().type(symbols[(look.point - 4) >> 1] || d3.symbolCross).size(size)())
			.attr("stroke", inked(look.colour));
		return at.attr("fill", look.point % 2 && look.point > 4 ? inked(look.colour) : "var(--ground)");
	}

	const dashes = [null, null, "6 3", "2 3", "8 3 2 3"];

	/** A queue's line and point, as beside a text. */
	function sample(look) {
		const svg = d3.create("svg").attr("width", 26).attr("height", 12).attr("aria-hidden", true);
		if (look.line) {
			svg.append("path").attr("d", "M0,6H26").attr("stroke", inked(look.colour))
				.attr("stroke-dasharray", dashes[look.line] || "1 2").attr("stroke-width", 1.8);
		}
		if (look.point) {
			drawPoint(svg, look, 13, 6);
		}
		return svg.node();
	}

	const digits = number => number === null ? "–" : Number(number.toPrecision(4)).toLocaleString("en");

	function addPlot(figure) {
		const data = JSON.parse(figure.querySelector("script").textContent);
		const plot = { figure, data, stale: true };
		const head = document.createElement("div");
		figure.prepend(head);
		make(head, "h4", {}, data.title);
		make(head, "p", {}, data.note);
		plot.key = make(head, "div", { class: "key" });
		plot.panels = make(head, "div", { class: "panels" });
		data.points = data.points.map(([series, x, y, low, high, samples]) =>
			({ series: data.series[series], x, y, low, high, samples }));
		for (const panel of data.panels) {
			panel.points = data.points.filter(point => data.panels[point.series.panel] === panel);
			const plain = label => label.replace(" (log scale)", "");
			const nameOf = (axis, at) => (axis.names.find(name => name[0] === Math.round(at)) || [])[1];
			for (const point of panel.points) {
				// A row's name is its queue's
				point.row = panel.y.scale === "names" ? nameOf(panel.y, point.y) : undefined;
				point.queue = point.series.queue || (point.row && queueOf(point.row));
				const [value, axis] = panel.across || panel.bars || panel.y.scale === "names"
					? [point.x, panel.x] : [point.y, panel.y];
				point.value = value;
				point.where = axis === panel.x ? "" : panel.x.scale === "names" ? nameOf(panel.x, point.x)
					: `${digits(point.x)} ${plain(panel.x.label || "")}`;
				point.unit = plain(axis.label || panel.title || "");
			}
		}
		const behind = document.createElement("details");
		make(behind, "summary", {}, "The numbers of this plot");
		behind.ontoggle = () => drawNumbers(plot, behind);
		figure.append(behind);
		plots.push(plot);
	}

	const whoOf = point => [point.queue || point.row, point.series.text].filter(Boolean).join(", ");

	function describe(point) {
		const range = point.low === null ? "" : ` (${digits(point.low)} to ${digits(point.high)})`;
		const samples = point.samples === null ? "" : `; ${point.samples} sample${point.samples === 1 ? "" : "s"}`;
		return `${whoOf(point)}${point.where ? ` at ${point.where}` : ""}: ` +
			`${digits(point.value)}${range} ${point.unit}${samples}`;
	}

	/** The table behind a plot, made when it is opened. */
	function drawNumbers(plot, behind) {
		if (!behind.open || behind.querySelector("table")) {
			return;
		}
		const wide = make(behind, "div", { class: "wide" });
		const table = make(wide, "table");
		const heads = make(table.createTHead(), "tr");
		["queue", "what", "at", "value", "from", "to", "samples", "unit"].forEach((text, place) =>
			make(heads, "th", { scope: "col", class: place > 2 && place < 7 ? "n" : "" }, text));
		const body = make(table, "tbody");
		for (const panel of plot.data.panels) {
			for (const point of panel.points) {
				const row = make(body, "tr");
				[point.queue || point.row || "", [panel.title, point.series.text].filter(Boolean).join(", "),
					point.where || "", digits(point.value), digits(point.low), digits(point.high),
					digits(point.samples), point.unit].forEach((text, place) =>
					make(row, "td", { class: place > 2 && place < 7 ? "n" : "" }, text));
			}
		}
		readTable(table);
		markTables();
	}

	const isDrawn = (plot, point) => shown(point.queue) &&
		!(plot.data.few && point.series.other && !picked.has(point.queue));

	/** A scale and the marks of an axis. */
	function scaleOf(axis, values, range, base) {
		values = values.filter(value => value !== null && (axis.scale !== "log" || value > 0));
		let [low, high] = values.length ? d3.extent(values) : [0, 1];
		if (axis.scale === "log") {
			[low, high] = values.length ? [low / 1.3, high * 1.3] : [1, 10];
			return d3.scaleLog().domain([low, high]).range(range);
		}
		if (axis.low < axis.high) {
			[low, high] = [axis.low, axis.high];
		} else if (axis.zero) {
			[low, high] = [0, high > 0 ? high * 1.05 : 1];
		} else if (base !== null) {
			[low, high] = [Math.min(low, base), Math.max(high, base)];
		}
		return d3.scaleLinear().domain(low < high ? [low, high] : [low - 1, high + 1]).range(range).nice();
	}

	function marksOf(axis, scale, side, room) {
		const marks = side(scale).tickSizeOuter(0);
		const [low, high] = scale.domain();
		if (axis.names.length > 0 && axis.scale !== "names") {
			const names = axis.names.filter(([at]) => at >= low && at <= high);
			return marks.tickValues(names.map(name => name[0])).tickFormat((_, place) => names[place][1]);
		}
		if (axis.scale === "log") {
			const powers = d3.range(Math.floor(Math.log10(low)), Math.ceil(Math.log10(high)) + 1);
			const steps = high / low > 2000 ? [1] : [1, 2, 5];
			const values = d3.merge(powers.map(power => steps.map(step => step * 10 ** power)))
				.filter(value => value >= low && value <= high);
			const every = Math.ceil(values.length * 45 / room);
			return marks.tickValues(values.filter((_, place) => place % every === 0)).tickFormat(digits);
		}
		return marks.ticks(Math.max(2, Math.min(8, room / 60)));
	}

	function drawPlot(plot) {
		const { data } = plot;
		const stops = () => [...plot.figure.querySelectorAll(".key button, .panels svg[tabindex]")];
		const focused = stops().indexOf(document.activeElement);
		plot.stale = false;
		plot.key.textContent = "";
		for (const look of data.key) {
			const queue = look.queue || queueOf(look.text);
			if (!queue || shown(queue)) {
				const entry = make(plot.key, queue ? "button" : "span", queue
					? { type: "button", "aria-pressed": picked.has(queue) } : {});
				entry.append(sample(look), " " + look.text);
				entry.onclick = () => pick(queue);
			}
		}
		plot.panels.textContent = "";
		const whole = plot.figure.clientWidth;
		const columns = data.panels.length > 1 && whole >= 600 ? 2 : 1;
		const width = Math.floor(whole / columns) - (columns - 1) * 4;
		for (const panel of data.panels) {
			drawPanel(plot, panel, width);
		}
		const again = stops()[focused];
		if (again) {
			again.focus({ preventScroll: true });
			again.resume && again.resume();
		}
	}

	function drawPanel(plot, panel, width) {
		const points = panel.points.filter(point => isDrawn(plot, point));
		const all = plot.data.shared ? plot.data.points.filter(point => isDrawn(plot, point)) : points;
		const named = panel.y.scale === "names";
		// Rows of queues that are switched off leave no gap
		const used = panel.y.names.filter(([at]) => points.some(point => Math.round(point.y) === at));
		const places = new Map(used.map(([at], place) => [at, place]));
		const placeOf = y => named ? places.get(Math.round(y)) + y - Math.round(y) : y;
		const longest = named ? d3.max(used, name => name[1].length) || 0 : 0;
		const left = named ? Math.min(longest * 7 + 14, width * 0.45) : 58;
		const top = panel.title || panel.groundText ? 26 : 10;
		const inside = width - left - 14;
		const deep = named ? Math.max(1, used.length) * 21 : Math.min(300, Math.max(200, width * 0.5));
		const height = top + deep + 46;

		const ends = key => d3.merge(all.map(point => (key === "x") === panel.across
			? [point[key], point.low, point.high] : [point[key]]));
		const x = panel.x.scale === "names"
			? d3.scaleLinear().domain([-0.5, panel.x.names.length - 0.5]).range([0, inside])
			: scaleOf(panel.x, ends("x"), [0, inside], named ? panel.base : null);
		const y = named ? d3.scaleLinear().domain([-0.5, Math.max(1, used.length) - 0.5]).range([0, deep])
			: scaleOf(panel.y, ends("y"), [deep, 0], panel.base);

		const svg = d3.select(plot.panels).append("svg").attr("width", width).attr("height", height)
			.attr("viewBox", `0 0 ${width} ${height}`).attr("tabindex", 0).attr("role", "img")
			.attr("aria-label", `${panel.title || plot.data.title} Arrow keys go from point to point; ` +
				"Enter highlights a queue. The numbers are in a table below.");
		if (panel.title) {
			svg.append("text").attr("x", panel.title.length * 7 > inside ? 0 : left).attr("y", 14).attr("font-weight", 600).text(panel.title);
		}
		const area = svg.append("g").attr("transform", `translate(${left},${top})`);
		if (panel.from < panel.to) {
			const scale = panel.shadeY ? y : x;
			const clamp = value => Math.max(scale.domain()[0], Math.min(scale.domain()[1], value));
			const [a, b] = [scale(clamp(panel.from)), scale(clamp(panel.to))].sort(d3.ascending);
			area.append("rect").attr("fill", panel.shadeY ? "var(--ties)" : "var(--soft)")
				.attr("x", panel.shadeY ? 0 : a).attr("y", panel.shadeY ? a : 0)
				.attr("width", panel.shadeY ? inside : b - a).attr("height", panel.shadeY ? b - a : deep);
			area.append("text").attr("font-size", 11).attr("fill", "var(--grey)").attr("x", panel.shadeY ? 8 : a)
				.attr("y", panel.shadeY ? a + 14 : -6).text(b > a ? panel.groundText || "" : "");
		}
		const xMarks = panel.x.scale === "names"
			? d3.axisBottom(x).tickSizeOuter(0).tickValues(panel.x.names.map(name => name[0]))
				.tickFormat((_, place) => panel.x.names[place][1])
			: marksOf(panel.x, x, d3.axisBottom, inside);
		const most = Math.floor((left - 12) / 6.5);
		const yMarks = named
			? d3.axisLeft(y).tickSizeOuter(0).tickValues(d3.range(used.length)).tickFormat(place =>
				used[place][1].length > most ? used[place][1].slice(0, most - 1) + "…" : used[place][1])
			: marksOf(panel.y, y, d3.axisLeft, deep * 2);
		const grid = area.append("g").attr("class", "grid");
		for (const value of yMarks.tickValues() || y.ticks(6)) {
			grid.append("line").attr("x2", inside).attr("y1", y(value)).attr("y2", y(value));
		}
		if (named) {
			for (const value of xMarks.tickValues() || x.ticks(8)) {
				grid.append("line").attr("y2", deep).attr("x1", x(value)).attr("x2", x(value));
			}
		}
		area.append("g").attr("class", "axis").attr("transform", `translate(0,${deep})`).call(xMarks);
		const side = area.append("g").attr("class", "axis").call(yMarks);
		if (named) {
			side.selectAll(".tick").style("cursor", "pointer").on("click", place => pick(queueOf(used[place][1])))
				.filter(place => picked.has(queueOf(used[place][1]))).select("text").attr("font-weight", 700);
		}
		const label = panel.x.label || "";
		const long = label.length * 7 > inside;
		svg.append("text").attr("x", long ? width - 2 : left + inside / 2).attr("y", height - 6)
			.attr("text-anchor", long ? "end" : "middle").text(label);
		if (panel.y.label && !named) {
			svg.append("text").attr("transform", `translate(12,${top + deep / 2}) rotate(-90)`)
				.attr("text-anchor", "middle").text(panel.y.label);
		}
		if (panel.base !== null) {
			const at = named ? x(panel.base) : y(panel.base);
			area.append("line").attr("stroke", "var(--grey)").attr("stroke-dasharray", "6 3")
				.attr(named ? "x1" : "y1", at).attr(named ? "x2" : "y2", at).attr(named ? "y2" : "x2", named ? deep : inside);
		}
		if (points.length === 0) {
			area.append("text").attr("x", inside / 2).attr("y", deep / 2).attr("text-anchor", "middle")
				.text(panel.points.length ? "no queue is shown" : "not measured");
		}
		// Picked ones last, on top of the others
		const series = d3.nest().key(point => plot.data.series.indexOf(point.series)).entries(points);
		series.sort((a, b) => picked.has(a.values[0].queue) - picked.has(b.values[0].queue));
		for (const { values } of series) {
			const look = values[0].series;
			const chosen = picked.has(values[0].queue);
			const mine = look.other && chosen ? { ...look, ...byName.get(values[0].queue), point: 0 } : look;
			const group = area.append("g").attr("opacity", picked.size && values[0].queue && !chosen ? 0.2 : 1);
			for (const point of values) {
				point.px = x(point.x);
				point.py = y(placeOf(point.y));
			}
			const there = values.filter(point => isFinite(point.px) && isFinite(point.py));
			if (panel.bars) {
				there.forEach(point => group.append("rect").attr("fill", inked(mine.colour)).attr("y", point.py - 7)
					.attr("height", 14).attr("width", Math.max(1, point.px)));
			}
			if (mine.line) {
				group.append("path").attr("fill", "none").attr("stroke", inked(mine.colour))
					.attr("stroke-width", chosen ? 3 : look.other ? 1 : 1.8)
					.attr("stroke-dasharray", dashes[mine.line] || "1 2")
					.attr("d", d3.line().x(point => point.px).y(point => point.py)(there));
			}
			for (const point of there) {
				if (point.low !== null) {
					const [a, b] = [point.low, point.high].map(panel.across ? x : y);
					group.append("path").attr("stroke", panel.bars ? "var(--ink)" : inked(mine.colour))
						.attr("d", panel.across ? `M${a},${point.py}H${b}` : `M${point.px},${a}V${b}`);
				}
				if (mine.point && !panel.bars) {
					drawPoint(group, mine, point.px, point.py, chosen ? 70 : 42);
				}
			}
		}
		listen(svg, area, panel, points.filter(point => isFinite(point.px) && isFinite(point.py)), left, top);
	}

	/** Values where the pointer rests, or where arrow keys go. A panel that is drawn anew keeps that place. */
	function listen(svg, area, panel, points, left, top) {
		const ring = area.append("circle").attr("r", 7).attr("fill", "none").attr("stroke", "var(--ink)")
			.attr("stroke-width", 2).attr("visibility", "hidden");
		const show = point => {
			ring.attr("visibility", point ? "visible" : "hidden");
			tip.textContent = point ? describe(point) : "";
			if (point) {
				ring.attr("cx", point.px).attr("cy", point.py);
				const box = svg.node().getBoundingClientRect();
				const end = document.documentElement.clientWidth - tip.offsetWidth - 8;
				tip.style.left = `${Math.max(4, Math.min(end, box.left + left + point.px + 12)) + scrollX}px`;
				tip.style.top = `${box.top + top + point.py + 12 + scrollY}px`;
			}
		};
		const go = point => {
			panel.at = point;
			show(point);
		};
		svg.node().resume = () => show(panel.at);
		const nearest = () => {
			const [x, y] = d3.mouse(area.node());
			const distance = point => Math.hypot(point.px - x, point.py - y);
			const place = d3.scan(points, (a, b) => distance(a) - distance(b));
			return place !== undefined && distance(points[place]) < 30 ? points[place] : undefined;
		};
		svg.on("mousemove", () => show(nearest())).on("mouseleave blur", () => show())
			.on("click", () => {
				const point = nearest();
				if (point) {
					pick(point.queue);
				}
			})
			.on("focus", () => {
				if (svg.node().matches(":focus-visible")) {
					go(points.includes(panel.at) ? panel.at : points[0]);
				}
			})
			.on("keydown", () => {
				const { key } = d3.event;
				const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
				if (step && points.length > 0) {
					go(points[(points.indexOf(panel.at) + step + points.length) % points.length]);
				} else if (key === "Escape") {
					go();
				} else if ((key === "Enter" || key === " ") && panel.at) {
					pick(panel.at.queue);
				} else {
					return;
				}
				d3.event.preventDefault();
			});
	}

	// Only what is seen is drawn

	const seen = new Set();
	const drawSeen = () => plots.forEach(plot => plot.stale && seen.has(plot.figure) && drawPlot(plot));
	const watch = new IntersectionObserver(entries => {
		entries.forEach(entry => entry.isIntersecting ? seen.add(entry.target) : seen.delete(entry.target));
		drawSeen();
	}, { rootMargin: "300px" });
	const drawAll = () => plots.forEach(plot => plot.stale && drawPlot(plot));

	document.querySelectorAll("table").forEach(readTable);
	document.querySelectorAll(".cards td:not(:first-child)").forEach(cell => cell.textContent.length > 90 && foldCell(cell));
	document.querySelectorAll("figure").forEach(addPlot);
	drawFilter();
	plots.forEach(plot => watch.observe(plot.figure));
	for (const text of document.querySelectorAll("p")) {
		const date = /^Measured (?:on|from [-\d]+ to) (\d{4}-\d\d-\d\d)\./.exec(text.textContent);
		const months = date ? Math.floor((Date.now() - Date.parse(date[1])) / 2.63e9) : 0;
		if (months >= 6) {
			text.append(` That is ${months} months ago: the answer may be old.`);
		}
	}
	let width = innerWidth;
	addEventListener("resize", () => {
		if (width !== innerWidth) {
			width = innerWidth;
			follow();
		}
	});
	addEventListener("beforeprint", drawAll);
	addEventListener("hashchange", unfold);
	document.addEventListener("toggle", event => event.target.open && unpack(event.target), true);
	document.addEventListener("keydown", event => {
		const row = event.target;
		const side = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
		if (row.queue && side) {
			goFrom(row, side);
		} else if (row.queue && (event.key === "Enter" || event.key === " ")) {
			pick(row.queue);
		} else {
			return;
		}
		event.preventDefault();
	});
	document.addEventListener("click", event => {
		const link = event.target.closest("td a[href^='#']");
		const row = event.target.closest("tbody > tr");
		const span = event.target.closest("td span");
		if (link && link.hash === location.hash) {
			unfold();
		} else if (!link && row && row.queue) {
			pick(row.queue);
		} else if (span) {
			pick(span.textContent);
		}
	});
	unfold();
})();
