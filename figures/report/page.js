"use strict";
// A click on a column's name sorts its table, a second one the other way. Numbers sort as numbers; what is infinite comes after
// them and what is empty last, either way.
const rank = (text) => (text === "" ? 2 : text === "inf" || text === "-inf" ? 1 : 0);

function compare(a, b, isNumber, sign) {
  const apart = rank(a) - rank(b);
  if (apart !== 0) return apart;
  return sign * (isNumber && rank(a) === 0 ? Number(a) - Number(b) : a.localeCompare(b, "en", { numeric: true }));
}

function sort(heading) {
  const headings = [...heading.parentElement.cells];
  const down = heading.getAttribute("aria-sort") === "ascending";
  for (const each of headings) each.setAttribute("aria-sort", "none");
  heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  const column = headings.indexOf(heading);
  const isNumber = heading.classList.contains("number");
  const body = heading.closest("table").tBodies[0];
  const rows = [...body.rows].map((row) => [row.cells[column].textContent, row]);
  rows.sort(([a], [b]) => compare(a, b, isNumber, down ? -1 : 1));
  body.append(...rows.map(([, row]) => row));
}

for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => sort(button.parentElement));
}

// What is wider than its place says so.
const watch = new ResizeObserver((changes) => {
  for (const { target } of changes) target.classList.toggle("wide", target.scrollWidth > target.clientWidth + 1);
});
for (const box of document.querySelectorAll(".box")) watch.observe(box);

// On paper nothing is folded.
let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const each of opened) each.open = true;
});
window.addEventListener("afterprint", () => {
  for (const each of opened) each.open = false;
});
