// Sorting, picking, and the link to what is seen. Tables, plots and notes stand without it.
"use strict";

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// What is seen stands behind the `#` of the address, so that a link opens the same view.
const view = () => new URLSearchParams(location.hash.slice(1));

// Changes the view. A sample that opens is a step of the browser's history, all else is not.
function change(changes) {
  const next = view();
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  const address = `#${next}`;
  if (changes.sample) {
    history.pushState(null, "", address);
  } else {
    history.replaceState(null, "", address);
  }
  show();
}

function show() {
  sort();
  pick();
  showSample();
}

// A column's name is a button that sorts by it, its good end first, and then the other way round.
for (const head of all("#models th[data-sort]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const again = view().get("sort") === head.dataset.sort;
    const reversed = view().get("order") === "reversed";
    if (again && reversed) change({ sort: "", order: "" });
    else change({ sort: head.dataset.sort, order: again ? "reversed" : "" });
  });
}

const ranking = all("#models tbody tr");

function sort() {
  const heads = all("#models th[data-sort]");
  const column = heads.findIndex((head) => head.dataset.sort === view().get("sort"));
  heads.forEach((head) => head.removeAttribute("aria-sort"));
  const rows = [...ranking];
  if (column >= 0) {
    const highFirst = (heads[column].dataset.better === "high") !== (view().get("order") === "reversed");
    heads[column].setAttribute("aria-sort", highFirst ? "descending" : "ascending");
    const value = (row) => all("td", row)[column].dataset.value;
    // What was not measured is last either way.
    rows.sort((a, b) => {
      const [one, other] = [value(a), value(b)];
      if (one === undefined || other === undefined) return (one === undefined) - (other === undefined);
      return highFirst ? other - one : one - other;
    });
  }
  one("#models tbody")?.append(...rows);
}

const filter = one("#filter");
filter?.addEventListener("submit", (event) => event.preventDefault());
filter?.addEventListener("input", () => change(Object.fromEntries(new FormData(filter))));
filter?.addEventListener("reset", (event) => {
  event.preventDefault();
  change({ q: "", category: "", outcome: "", only: "" });
});

function pick() {
  if (!filter) return;
  const asked = {};
  for (const name of ["q", "category", "outcome", "only"]) {
    asked[name] = view().get(name) ?? "";
    const field = filter.elements[name];
    if (field.value !== asked[name]) field.value = asked[name];
  }
  const words = asked.q.toLowerCase();
  const rows = all("#grid tbody tr");
  for (const row of rows) {
    const fits =
      one("th", row).textContent.toLowerCase().includes(words) &&
      (!asked.category || row.dataset.category === asked.category) &&
      (!asked.outcome || row.dataset.outcomes.split(" ").includes(asked.outcome)) &&
      (!asked.only || asked.only in row.dataset);
    row.hidden = !fits;
  }
  one("#shown").textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} tasks`;
}

// Jumps within the page leave the view's link alone.
for (const link of all(".top nav a, .skip")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const target = one(link.getAttribute("href"));
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
    target.scrollIntoView();
  });
}

const theme = one("#theme");
const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (document.documentElement.dataset.theme ?? (prefersDark.matches ? "dark" : "light")) === "dark";
const nameTheme = () => (theme.textContent = isDark() ? "Light" : "Dark");
theme.addEventListener("click", () => {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  nameTheme();
});
prefersDark.addEventListener("change", nameTheme);
nameTheme();

addEventListener("hashchange", show);
