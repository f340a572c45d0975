
// One sample, made when it is asked for. Replies and programs are hostile text: all of it goes through `text`.
const dialog = one("#sample");
let collected;
const samples = () => (collected ??= JSON.parse(one("#samples").textContent));

// Characters that hide or reorder others, or can't be seen.
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;

// A text's nodes, each hidden character as its number.
function text(value) {
  return String(value)
    .split(new RegExp(`(${HIDDEN.source})`, "u"))
    .map((piece, place) => {
      if (place % 2 === 0) return piece;
      const number = piece.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
      return make("span", { class: "hidden-character", title: "a character that can't be seen" }, `U+${number}`);
    });
}

// An element; what is no element among its children is text.
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) element.setAttribute(key, value);
  for (const child of children.flat(Infinity)) if (child !== null && child !== undefined && child !== "") element.append(child);
  return element;
}

// A sentence of ours, in which code stands between backticks.
const prose = (value) => value.split("`").map((piece, place) => (place % 2 ? make("code", {}, text(piece)) : text(piece)));

const number = (value, digits = 1) => value.toLocaleString("en-US", { maximumFractionDigits: digits });
const counted = (count, thing) => `${number(count)} ${thing}${count === 1 ? "" : "s"}`;
// An address without what says which sample is open.
const CLOSED = { model: "", task: "", sample: "" };

function showSample() {
  const asked = view();
  if (!asked.has("sample")) {
    dialog.close();
    return;
  }
  const fits = (row) => ["model", "task", "sample"].every((name) => row[name] === asked.get(name));
  const row = samples().rows.find(fits);
  const around = neighbours(asked);
  dialog.replaceChildren(
    make(
      "header",
      {},
      make("h2", { id: "sample-task", tabindex: "-1" }, make("code", {}, text(asked.get("task")))),
      make("span", {}, make("code", {}, text(asked.get("model"))), ", sample ", text(asked.get("sample"))),
      make("div", {}, step("Previous", around.previous), step("Next", around.next), closing()),
    ),
    row ? sample(row) : make("article", {}, make("p", { class: "empty" }, "The report has no such sample.")),
  );
  if (!dialog.open) dialog.showModal();
  // What had the focus is gone with the sample before.
  else if (!dialog.contains(document.activeElement)) one("#sample-task").focus();
  dialog.scrollTop = 0;
}

function closing() {
  const button = make("button", { type: "button", id: "close" }, "Close");
  button.addEventListener("click", () => change(CLOSED));
  return button;
}

// Samples in the order of the grid, without the tasks that are filtered out.
function neighbours(asked) {
  const links = all("#grid tbody tr:not([hidden]) .marks a");
  const name = (link) => new URLSearchParams(link.hash.slice(1));
  const place = links.findIndex((link) => {
    const its = name(link);
    return ["model", "task", "sample"].every((key) => its.get(key) === asked.get(key));
  });
  const at = (there) => (place >= 0 && links[there] ? Object.fromEntries(name(links[there])) : null);
  return { previous: at(place - 1), next: at(place + 1) };
}

function step(word, to) {
  const button = make("button", { type: "button", id: word.toLowerCase() }, word);
  button.disabled = !to;
  button.addEventListener("click", () => {
    change(to);
    one(`#${word.toLowerCase()}:enabled, #close`).focus();
  });
  return button;
}

dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  change(CLOSED);
});
dialog.addEventListener("click", (event) => {
  // The dialog itself is what is clicked outside of its content.
  if (event.target === dialog) change(CLOSED);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".marks a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  change(Object.fromEntries(new URLSearchParams(link.hash.slice(1))));
});

function sample(row) {
  const report = row.report;
  return make(
    "article",
    {},
    headline(row, report),
    others(row),
    troubles(row, report),
    make(
      "div",
      { class: "columns" },
      make("div", {}, program(row, report), texts(row)),
      make("div", {}, report?.tests.length ? tests(report.tests) : null, report?.findings.length ? findings(report.findings) : null, facts(row, report), times(row)),
    ),
  );
}

function headline(row, report) {
  const outcome = row.failure ? "no verdict" : (report?.outcome ?? (report?.fault ? "fault" : "not graded yet"));
  const tone = report?.passed ? "good" : row.failure || !report || report.fault ? "ours" : "bad";
  return make(
    "p",
    { class: "headline" },
    make("span", { class: `outcome ${tone}` }, `${report?.passed ? "✓" : "✗"} ${outcome}`),
    typeof report?.score === "number" ? make("span", {}, `${number(report.score)} of 100`) : null,
    report?.parts.tests ? make("span", { class: "hint" }, `${report.parts.tests.passed} of ${counted(report.parts.tests.of, "test")} passed`) : null,
  );
}

// The same task's samples by all models, as the grid has them.
function others(row) {
  const link = all("#grid .marks a").find((link) => new URLSearchParams(link.hash.slice(1)).get("task") === row.task);
  if (!link) return null;
  const names = all("#grid thead th").slice(2);
  const items = all(".marks", link.closest("tr")).map((marks, place) => {
    const copy = make("span", { class: "marks" }, [...marks.cloneNode(true).childNodes]);
    for (const mark of all("a", copy)) {
      const its = new URLSearchParams(mark.hash.slice(1));
      if (its.get("model") === row.model && its.get("sample") === row.sample) mark.setAttribute("aria-current", "true");
    }
    return make("li", {}, [...names[place].cloneNode(true).childNodes], " ", copy);
  });
  return make("ul", { class: "others", "aria-label": "Samples of this task" }, items);
}

function troubles(row, report) {
  const trouble = (kind, what, message) =>
    make("p", { class: `trouble ${kind}` }, make("b", {}, what), message ? [": ", make("span", { class: "message" }, text(message))] : null);
  return [
    row.failure ? trouble("ours", `The request failed (${row.failure.kind})`, row.failure.message) : null,
    report?.fault ? trouble("ours", "Our own host failed", report.fault) : null,
    report?.message ? trouble("", "The program was not loaded", report.message) : null,
    ...row.retries.map((retry) => trouble("ours", `An attempt was given up (${retry.kind})`, retry.message)),
    ...row.doubts.map((doubt) => trouble("ours", "A doubt about the server's word", doubt)),
  ];
}

const section = (title, hint, ...content) => make("section", {}, make("h3", {}, `${title} `, hint ? make("span", { class: "hint" }, hint) : null), ...content);

function table(heads, rows, kind) {
  const head = make("thead", {}, make("tr", {}, heads.map(([name, kind]) => make("th", { scope: "col", class: kind }, name))));
  const cells = (row) => row.map((cell, place) => make("td", { class: heads[place][1] }, cell));
  const body = make("tbody", {}, rows.map((row) => make("tr", {}, cells(row))));
  return make("div", { class: "wide", tabindex: "0" }, make("table", kind ? { class: kind } : {}, head, body));
}

function tests(list) {
  const rows = list.map((test) => [
    make("span", { class: `outcome ${test.outcome === "passed" ? "good" : test.outcome === "skipped" ? "muted" : "bad"}` }, `${test.outcome === "passed" ? "✓" : "✗"} ${test.outcome}`),
    [
      ...text(test.name),
      test.message ? make("span", { class: "said" }, text(test.message)) : null,
      test.growth ? make("span", { class: "said" }, `Fuel grows as ${test.growth.class}.`) : null,
    ],
    test.blame === "tests" ? "tests" : test.blame ? "program" : "",
    number(test.fuel, 0),
  ]);
  const heads = [["Outcome", ""], ["Test", "message"], ["Blame", ""], ["Fuel", "figure"]];
  return section("Tests", "", table(heads, rows));
}

function findings(list) {
  const items = list.map((finding) =>
    make(
      "li",
      {},
      make("p", {}, make("span", { class: `severity ${finding.severity}` }, finding.severity), ` line ${finding.line}: `, prose(finding.message)),
      make("p", { class: "hint" }, [finding.rule, finding.category, `${finding.confidence} confidence`, ...(finding.cwe ?? []).map((cwe) => `CWE-${cwe}`)].join(" · ")),
      finding.flow?.length ? make("ol", {}, finding.flow.map((step) => make("li", {}, `line ${step.line}: `, prose(step.note)))) : null,
    ),
  );
  return section("Findings", counted(list.length, "finding"), make("ol", { class: "findings" }, items));
}

// A text that may have been cut: its start, and what to say of the rest.
function whole(value, row) {
  if (typeof value === "string") return [value, null];
  const where = `The first ${number(value.start.length)} of ${number(value.of)} bytes; the whole is in samples.jsonl of ${samples().folders[row.model]}.`;
  return [value.start, make("p", { class: "hint" }, text(where))];
}

function program(row, report) {
  const [code, cut] = whole(row.code, row);
  const method = report ? `found by ${report.extraction.method}, extractor ${report.extraction.version}` : "";
  if (!code) return section("Program", method, make("p", { class: "hint" }, "There is none in the reply."));
  const severities = new Map();
  const rank = ["low", "medium", "high"];
  for (const finding of report?.findings ?? []) {
    const before = severities.get(finding.line);
    if (rank.indexOf(finding.severity) > rank.indexOf(before)) severities.set(finding.line, finding.severity);
  }
  const lines = code.replace(/\n$/, "").split("\n");
  const shown = lines.map((line, place) =>
    make("div", { class: `line ${severities.get(place + 1) ?? ""}` }, make("span", { class: "number" }, `${place + 1}`), make("code", {}, text(line))),
  );
  return section("Program", method, make("div", { class: "code", tabindex: "0", role: "region", "aria-label": "Program" }, shown), cut);
}

function times(row) {
  const { timing, server } = row;
  const values = [
    ["TTFT", timing.ttft_ms],
    ["TTFO", timing.ttfo_ms],
    ["TPOT", row.tpot_ms ?? undefined],
    ["E2EL", timing.e2el_ms],
    ["Waited for a place", timing.queue_ms || undefined],
    ["Lost to attempts before", timing.retry_ms || undefined],
    ["Loading, by the server", server?.load_ms],
    ["Prompt, by the server", server?.prompt_ms],
    ["Reply, by the server", server?.generation_ms],
    ["TTFT, by the server", server?.ttft_ms],
    ["All, by the server", server?.total_ms],
  ].filter(([, value]) => value !== undefined);
  if (!values.length) return null;
  const rows = values.map(([name, value]) => [name, number(value)]);
  return section("Times", row.kept ? "of the day when the reply was kept" : "", table([["Time", ""], ["ms", "figure"]], rows, "compact"));
}

function facts(row, report) {
  const { usage } = row;
  const tokens = [
    [usage.prompt_tokens, "of the prompt"],
    [usage.cached_tokens, "of these from the server's cache"],
    [usage.completion_tokens, "of the reply"],
    [usage.reasoning_tokens, "of these of reasoning"],
  ].filter(([count]) => count !== undefined);
  const values = [
    ["Tokens", tokens.map(([count, of]) => `${number(count)} ${of}`).join(", ")],
    ["Ended by", row.finish],
    ["Requests sent", row.kept ? "none: the reply was kept from before" : number(row.attempts)],
    ["Seed", row.seed === null ? "" : `${row.seed}`],
    ["Missing features", report?.parts.features?.missing.join(", ")],
    ["Would raise the score", (report?.losses ?? []).map((loss) => `${number(loss.points)} points in ${loss.part}: ${loss.to_win}`).join("; ")],
    ["Isolation", report?.isolation.mode === "shared" ? `the tests shared an interpreter with the program: ${report.isolation.why}` : ""],
    ["Fuel", report ? number(report.fuel, 0) : ""],
  ].filter(([, value]) => value);
  return section("Facts", "", make("dl", { class: "facts" }, values.map(([name, value]) => [make("dt", {}, name), make("dd", {}, prose(value))])));
}

function texts(row) {
  const shown = (name, value) => {
    const [content, cut] = whole(value, row);
    if (!content) return null;
    return make("details", {}, make("summary", {}, name), make("pre", { class: "raw", tabindex: "0" }, text(content)), cut);
  };
  const asked = samples().prompts[row.prompt].map(([name, value]) => shown(name, value));
  return section("Texts", "", asked, shown("Reasoning", row.reasoning), shown("Reply as it came", row.text));
}

show();
