"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const text = (index) => (index < 0 ? "" : data.strings[index]);
  const LEVELS = ["error", "warning", "note"];
  const SIGNS = { error: "✕", warning: "▲", note: "●" };
  const PAGE = 200;

  /** An element with attributes and children. Strings become text, never markup. */
  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value);
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  };
  /** Text in which `names` stand in backticks. */
  const words = (line) => line.split("`").map((part, index) => (index % 2 ? make("code", {}, part) : part));
  const byId = (id) => document.getElementById(id);
  const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

  const findings = data.findings.map((row, index) => {
    const [id, rule, level, file, line, column, message, why, help, object, units, snippet, from, to, related, reason] = row;
    return {
      index, id, rule: data.rules[rule][0], level: LEVELS[level], file: text(file), line, column,
      message: text(message), why: text(why), help: text(help), object: text(object), objectKey: object,
      units, snippet: text(snippet), from, to, related,
      reason: reason === undefined ? null : text(reason), environments: [],
    };
  });
  const active = findings.filter((finding) => finding.reason === null);
  for (const finding of findings) {
    finding.environments = [...new Set(finding.units.flatMap((unit) => data.units[unit].environment ?? []))];
  }
  const known = new Map(findings.map((finding) => [finding.id, finding]));

  const levelMark = (level) => make("span", { class: `level ${level}` }, `${SIGNS[level]} ${level}`);
  const place = (file, line, column) => `${file}:${line}${column ? `:${column}` : ""}`;

  // Where one is: #findings?rule=…, #finding-…, or a view.
  const VIEWS = [
    ["overview", "Overview"], ["findings", "Findings"], ["environments", "Environments"],
    ["owners", "Who applies what"], ["heat", "Rules by directory"],
  ].filter(([name]) => name !== "environments" || data.matrix);
  const filters = { rule: "", level: [...LEVELS], path: "", environment: "", text: "" };

  const filterAddress = (changes) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(changes)) if (value) query.set(name, value);
    return query.size ? `#findings?${query}` : "#findings";
  };

  // The overview.
  const overview = () => {
    const levels = LEVELS.map((level) => {
      const count = active.filter((finding) => finding.level === level).length;
      return make("tr", {}, make("th", { scope: "row" }, make("a", { href: filterAddress({ level }) }, levelMark(level))),
        make("td", { class: "number" }, count.toLocaleString("en")));
    });
    const counts = new Map();
    for (const finding of active) {
      const key = `${finding.rule} ${finding.level}`;
      counts.set(key, { rule: finding.rule, level: finding.level, count: (counts.get(key)?.count || 0) + 1 });
    }
    const order = (a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || b.count - a.count || a.rule.localeCompare(b.rule);
    const summaries = new Map(data.rules.map(([name, summary]) => [name, summary]));
    const rules = [...counts.values()].sort(order).map(({ rule, level, count }) => make("tr", {},
      make("td", {}, levelMark(level)),
      make("th", { scope: "row" }, make("a", { href: filterAddress({ rule }) }, rule), make("div", { class: "quiet" }, words(summaries.get(rule)))),
      make("td", { class: "number" }, count.toLocaleString("en"))));
    const looked = data.coverage.map(([what, count]) => make("tr", {},
      make("th", { scope: "row" }, what), make("td", { class: "number" }, count.toLocaleString("en"))));
    byId("overview").append(
      make("h3", {}, "By level"), make("table", {}, make("tbody", {}, levels)),
      make("h3", {}, "What was looked at, and what was not"), make("table", {}, make("tbody", {}, looked)),
      data.notices.length ? make("h3", {}, "To know about this run") : "",
      data.notices.length ? make("ul", {}, data.notices.map((notice) => make("li", {}, notice))) : "",
      make("h3", {}, "By rule"),
      rules.length ? make("table", {}, make("thead", {}, make("tr", {}, ...["level", "rule", "findings"].map((title) => make("th", { scope: "col" }, title)))), make("tbody", {}, rules)) : make("p", {}, "Nothing was found."));
  };

  // Findings.
  const findingBody = (finding) => {
    const list = make("dl", {});
    const row = (term, ...what) => list.append(make("dt", {}, term), make("dd", {}, ...what));
    row("why", words(finding.why));
    row("what to do", words(finding.help));
    if (finding.object) row("object", make("span", { class: "mono" }, finding.object));
    if (finding.units.length) {
      const shown = finding.units.slice(0, 20).map((unit) => text(data.units[unit].directory) || ".");
      const more = finding.units.length - shown.length;
      row("overlays", make("span", { class: "mono" }, shown.join(", ") + (more > 0 ? ` and ${more} more` : "")));
    }
    for (const [file, line, column, message] of finding.related) {
      row("see", make("span", { class: "mono" }, place(text(file), line, column)), ` ${text(message)}`);
    }
    if (finding.reason !== null) row("accepted", finding.reason || "no reason given");
    row("to accept it", make("code", {}, `# plimsoll: ignore[${finding.rule}] why it is right here`));
    row("more", make("code", {}, `plimsoll explain ${finding.rule}`), " · ", make("a", { href: `#finding-${finding.id}` }, "link to this finding"));
    const code = [...finding.snippet];
    const snippet = make("pre", {}, make("span", { class: "quiet" }, `${finding.line} │ `), code.slice(0, finding.from).join(""),
      make("mark", {}, code.slice(finding.from, finding.to).join("")), code.slice(finding.to).join(""));
    return make("div", { class: "body" }, snippet, list);
  };
  const findingElement = (finding) => {
    const details = make("details", {}, make("summary", {},
      levelMark(finding.level), " ", words(finding.message),
      make("span", { class: "place" }, make("span", { class: "mono" }, place(finding.file, finding.line, finding.column)), ` · ${finding.rule}`,
        finding.reason === null ? "" : " · accepted")));
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(findingBody(finding));
    });
    return make("article", { id: `finding-${finding.id}` }, details);
  };
  const openFinding = (article) => {
    const details = article.firstElementChild;
    const finding = known.get(article.id.slice("finding-".length));
    if (details.children.length === 1) details.append(findingBody(finding));
    details.open = true;
  };

  let shown = [];
  let drawn = 0;
  const drawMore = (count) => {
    const list = byId("findings");
    list.querySelector(":scope > button")?.remove();
    list.append(...shown.slice(drawn, drawn + count).map(findingElement));
    drawn = Math.min(shown.length, drawn + count);
    if (drawn < shown.length) {
      list.append(make("button", { type: "button", onclick: () => drawMore(PAGE) }, `Show more (${(shown.length - drawn).toLocaleString("en")} left)`));
    }
  };
  const matches = (finding) => {
    if (filters.rule && finding.rule !== filters.rule) return false;
    if (!filters.level.includes(finding.level)) return false;
    if (filters.path && !finding.file.includes(filters.path) && !finding.units.some((unit) => text(data.units[unit].directory).includes(filters.path))) return false;
    if (filters.environment && !finding.environments.includes(filters.environment)) return false;
    if (filters.accepted ? finding.reason === null : finding.reason !== null) return false;
    const wanted = filters.text.toLowerCase();
    return !wanted || [finding.message, finding.rule, finding.object, finding.file].some((part) => part.toLowerCase().includes(wanted));
  };
  const drawFindings = () => {
    shown = findings.filter(matches);
    drawn = 0;
    byId("findings").replaceChildren();
    drawMore(PAGE);
    byId("count").textContent = shown.length === findings.length ? plural(shown.length, "finding") : `${shown.length.toLocaleString("en")} of ${plural(findings.length, "finding")}`;
  };
  const drawFilters = () => {
    const changed = () => history.replaceState(null, "", filterAddress({
      ...filters, level: filters.level.length === LEVELS.length ? "" : filters.level.join(",") || "none", accepted: filters.accepted ? "yes" : "",
    }));
    const update = (name) => (event) => { filters[name] = event.target.value; changed(); drawFindings(); };
    const rules = [...new Set(findings.map((finding) => finding.rule))].sort();
    const select = (name, label, values) => make("label", {}, label, make("select", { name, onchange: update(name) },
      make("option", { value: "" }, "all"), values.map((value) => make("option", { value }, value))));
    const box = (level) => make("label", {}, make("input", { type: "checkbox", name: "level", value: level, onchange: (event) => {
      filters.level = LEVELS.filter((one) => (one === level ? event.target.checked : filters.level.includes(one)));
      changed(); drawFindings();
    } }), levelMark(level));
    const input = (name, label) => make("label", {}, label, make("input", { type: "search", name, autocomplete: "off", spellcheck: "false", oninput: update(name) }));
    const environments = [...new Set(findings.flatMap((finding) => finding.environments))].sort();
    byId("filters").append(input("text", "Text"), select("rule", "Rule", rules), input("path", "Path"),
      environments.length ? select("environment", "Environment", environments) : "",
      make("fieldset", { "aria-label": "Levels" }, LEVELS.map(box)),
      active.length < findings.length ? make("fieldset", {}, make("label", {}, make("input", { type: "checkbox", name: "accepted", onchange: (event) => {
        filters.accepted = event.target.checked; changed(); drawFindings();
      } }), "accepted ones only")) : "");
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
  };
  const setFilters = (query) => {
    const level = query.get("level");
    Object.assign(filters, {
      rule: query.get("rule") || "", path: query.get("path") || "", text: query.get("text") || "",
      environment: query.get("environment") || "", accepted: query.get("accepted") === "yes",
      level: level ? LEVELS.filter((one) => level.split(",").includes(one)) : [...LEVELS],
    });
    for (const field of byId("filters").elements) {
      if (field.name === "level") field.checked = filters.level.includes(field.value);
      else if (field.name === "accepted") field.checked = filters.accepted;
      else if (field.name) field.value = filters[field.name];
    }
  };

  // Badges: findings are counted once however many overlays they are in.
  const ofUnit = data.units.map(() => []);
  for (const finding of active) for (const unit of finding.units) ofUnit[unit].push(finding);
  const badges = (of) => LEVELS.flatMap((level) => {
    const count = [...of].filter((finding) => finding.level === level).length;
    return count ? [make("span", { class: `badge ${level}`, title: plural(count, level) }, `${SIGNS[level]} ${count}`)] : [];
  });
  const children = data.owners.map(() => []);
  data.owners.forEach((owner, index) => { if (owner.parent !== undefined) children[owner.parent].push(index); });
  const ownFindings = (owner) => active.filter((finding) => owner.object >= 0 && finding.objectKey === owner.object && finding.file === text(owner.file));
  const rolled = new Map();
  const roll = (index) => {
    if (!rolled.has(index)) {
      const owner = data.owners[index];
      const all = new Set(ownFindings(owner));
      rolled.set(index, all);
      for (const delivery of owner.deliveries) for (const finding of ofUnit[delivery.unit] || []) all.add(finding);
      for (const child of children[index]) for (const finding of roll(child)) all.add(finding);
    }
    return rolled.get(index);
  };
  const branch = (summary, draw) => {
    const details = make("details", {}, make("summary", {}, ...summary));
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(...draw());
    });
    return details;
  };
  const leaf = (...what) => make("div", { class: "leaf" }, ...what);
  const findingLinks = (of) => of.map((finding) => leaf(levelMark(finding.level), " ", make("a", { href: `#finding-${finding.id}` }, words(finding.message))));
  const unitBranch = (index, title, note) => {
    const unit = data.units[index];
    const own = ofUnit[index];
    const head = [make("span", { class: "mono" }, title), ` ${unit.kinds}`, note ? make("span", { class: "open" }, ` ${note}`) : "", ...badges(own)];
    return branch(head, () => {
      const rest = new Set(own);
      const objects = (unit.objects || []).map((object) => {
        const here = own.filter((finding) => finding.objectKey === object);
        here.forEach((finding) => rest.delete(finding));
        const name = make("span", { class: "mono" }, text(object));
        return here.length ? branch([name, ...badges(here)], () => findingLinks(here)) : leaf(name);
      });
      const left = unit.objects ? [] : [leaf(make("span", { class: "quiet" }, "The objects are left out to keep this page small."))];
      return [...objects, ...left, ...findingLinks([...rest])];
    });
  };
  const ownerBranch = (index) => {
    const owner = data.owners[index];
    const head = [owner.name, owner.file >= 0 ? make("span", { class: "quiet mono" }, `  ${place(text(owner.file), owner.line)}`) : "", ...badges(roll(index))];
    const isKnown = owner.deliveries.length + children[index].length > 0;
    return branch(head, () => [
      ...(isKnown ? [] : [leaf(make("span", { class: "open" }, "what it applies is not known"))]),
      ...findingLinks(ownFindings(owner)),
      ...owner.deliveries.map((delivery) => (delivery.unit === undefined
        ? leaf(make("span", { class: "mono" }, delivery.name), make("span", { class: "open" }, ` ${delivery.note || ""}`))
        : unitBranch(delivery.unit, delivery.name, delivery.note))),
      ...children[index].map(ownerBranch),
    ]);
  };
  const drawOwners = () => {
    const trees = data.clusters.flatMap((name, cluster) => {
      const roots = data.owners.flatMap((owner, index) => (owner.parent === undefined && owner.cluster === cluster ? [index] : []));
      return roots.length ? [make("h3", {}, `Cluster ${name}`), make("div", { class: "tree" }, roots.map(ownerBranch))] : [];
    });
    const orphans = [
      ...data.unowned.map((unit) => unitBranch(unit, text(data.units[unit].directory) || ".", data.units[unit].note)),
      ...data.loose.map(([file, kinds]) => leaf(make("span", { class: "mono" }, text(file)), ` ${kinds}`)),
    ];
    byId("owners").append(
      data.owners.length ? "" : make("p", {}, "No Argo CD Application, Flux Kustomization or other owner is in this repository."),
      ...trees,
      orphans.length ? make("h3", {}, "Not applied by any owner in this repository") : "",
      make("div", { class: "tree" }, orphans));
  };

  // Rules by directory.
  const drawHeat = () => {
    let depth = 1;
    const host = byId("heat");
    const directory = (file) => file.split("/").slice(0, -1).slice(0, depth).join("/") || ".";
    const draw = () => {
      const rows = new Map();
      const columns = new Map();
      for (const finding of active) {
        const at = directory(finding.file);
        if (!rows.has(finding.rule)) rows.set(finding.rule, new Map());
        const row = rows.get(finding.rule);
        row.set(at, (row.get(at) || 0) + 1);
        columns.set(at, (columns.get(at) || 0) + 1);
      }
      const most = Math.max(1, ...[...rows.values()].flatMap((row) => [...row.values()]));
      const all = [...columns].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
      const names = all.slice(0, 30).map(([name]) => name).sort();
      const heat = (count) => (count ? Math.min(4, 1 + Math.floor((4 * Math.log(count)) / Math.log(most + 1))) : 0);
      const body = [...rows].sort((a, b) => a[0].localeCompare(b[0])).map(([rule, row]) => make("tr", {}, make("th", { scope: "row" }, rule),
        names.map((name) => {
          const count = row.get(name) || 0;
          const address = filterAddress({ rule, path: name === "." ? "" : `${name}/` });
          return make("td", { class: "heat", "data-heat": heat(count) }, count ? make("a", { href: address, "aria-label": `${plural(count, "finding")} of ${rule} in ${name}` }, String(count)) : "");
        })));
      const left = all.length - names.length;
      const caption = `Findings by rule and directory${left > 0 ? `; ${left} more with fewer findings are not shown` : ""}`;
      return make("div", { class: "scroll" }, make("table", {}, make("caption", {}, caption),
        make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "rule"), names.map((name) => make("th", { scope: "col", class: "mono" }, name)))), make("tbody", {}, body)));
    };
    const choice = make("select", { onchange: (event) => { depth = Number(event.target.value); table.replaceWith((table = draw())); } },
      [1, 2, 3, 4].map((value) => make("option", { value }, value)));
    let table = active.length ? draw() : make("p", {}, "Nothing was found.");
    host.append(active.length ? make("label", {}, "Directories deep: ", choice) : "", table);
  };

  // Environments.
  const drawEnvironments = () => {
    const { environments, legend, rows } = data.matrix;
    const cell = ([versions, marks]) => make("td", { "data-marks": marks.join(" ") },
      versions.length ? "" : make("span", { class: "quiet" }, "–"),
      versions.map(([version, file, line]) => make("div", {}, make("span", { class: "mono" }, text(version)), make("span", { class: "cell-place mono" }, place(text(file), line)))),
      marks.length ? make("span", { class: "marks" }, `▲ ${marks.join(", ")}`) : "");
    let last;
    const body = rows.flatMap(([component, slot, name, cells]) => {
      const head = component === last ? [] : [make("tr", {}, make("th", { scope: "rowgroup", colspan: environments.length + 1, class: "mono group" }, text(component)))];
      last = component;
      return [...head, make("tr", {}, make("th", { scope: "row" }, text(slot), make("span", { class: "cell-place mono" }, text(name))), cells.map(cell))];
    });
    byId("environments").append(
      make("div", { class: "scroll" }, make("table", {}, make("caption", {}, "The version that runs, and the line that sets it"),
        make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "what runs"), environments.map((name) => make("th", { scope: "col" }, name)))),
        make("tbody", {}, body))),
      make("dl", { class: "legend" }, legend.flatMap(([mark, meaning]) => [make("dt", {}, mark), make("dd", {}, meaning)])));
  };

  const drawers = { overview, findings: () => {}, environments: drawEnvironments, owners: drawOwners, heat: drawHeat };
  const done = new Set();
  const drawOnce = (view) => { if (!done.has(view)) { done.add(view); drawers[view](); } };

  const go = () => {
    const [name, query] = location.hash.slice(1).split(/\?(.*)/s);
    const finding = name.startsWith("finding-") ? known.get(name.slice("finding-".length)) : undefined;
    const view = finding ? "findings" : VIEWS.some(([one]) => one === name) ? name : "overview";
    if (name === "main") return byId("main").focus();
    for (const [one] of VIEWS) byId(`view-${one}`).hidden = one !== view;
    for (const link of byId("views").children) {
      if (link.hash === `#${view}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    drawOnce(view);
    document.querySelectorAll("article.target").forEach((article) => article.classList.remove("target"));
    if (finding) {
      if (!shown.includes(finding)) {
        setFilters(new URLSearchParams(finding.reason === null ? "" : "accepted=yes"));
        drawFindings();
      }
      if (shown.indexOf(finding) >= drawn) drawMore(shown.indexOf(finding) + 1 - drawn);
      const article = byId(`finding-${finding.id}`);
      article.classList.add("target");
      openFinding(article);
      article.querySelector("summary").focus({ preventScroll: true });
      article.scrollIntoView({ block: "center" });
    } else {
      scrollTo(0, 0);
    }
    if (!finding && view === "findings") {
      setFilters(new URLSearchParams(query || ""));
      drawFindings();
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || ["INPUT", "SELECT"].includes(event.target.tagName)) return;
    if (event.key === "/") {
      event.preventDefault();
      if (byId("view-findings").hidden) location.hash = "#findings";
      setTimeout(() => byId("filters").elements.text.focus());
    }
    if (event.key === "j" || event.key === "k") {
      if (byId("view-findings").hidden) { location.hash = "#findings"; return; }
      const all = [...document.querySelectorAll("#findings summary")];
      const at = all.indexOf(document.activeElement);
      const next = event.key === "j" ? at + 1 : Math.max(0, at - 1);
      all[Math.min(next, all.length - 1)]?.focus();
    }
  });
  window.addEventListener("beforeprint", () => {
    VIEWS.forEach(([view]) => drawOnce(view));
    if (drawn < shown.length) drawMore(shown.length - drawn);
    document.querySelectorAll("#findings article").forEach(openFinding);
  });
  window.addEventListener("hashchange", go);
  byId("views").append(...VIEWS.map(([name, title]) => make("a", { href: `#${name}` }, title)));
  drawFilters();
  drawFindings();
  go();
})();
