"use strict";
(function () {
  const form = document.getElementById("filters");
  const table = document.getElementById("slot-table");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const shown = document.getElementById("shown");
  const text = new Map(rows.map((r) => [r, r.textContent.toLowerCase()]));

  function filter() {
    const f = new FormData(form);
    const words = f.get("text").toLowerCase().split(/\s+/).filter(Boolean);
    const rung = f.get("rung"), severity = f.get("severity"), type = f.get("type"), open = f.get("open");
    let n = 0;
    for (const r of rows) {
      const d = r.dataset;
      const ok = (!rung || d.rung === rung) && (!type || d.type === type) &&
        (!severity || d.severities.split(" ").includes(severity)) && (!open || d.severity !== "0") &&
        words.every((w) => text.get(r).includes(w));
      r.hidden = !ok;
      if (ok) n++;
    }
    shown.textContent = n + " of " + rows.length + " rows shown";
  }

  function sort(button) {
    const head = button.closest("th");
    const key = button.dataset.key;
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const th of head.parentNode.cells) th.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const value = key === "name" ? (r) => r.dataset.name : (r) => Number(r.dataset[key]);
    rows.sort((a, b) => {
      const x = value(a), y = value(b);
      const order = key === "name" ? x.localeCompare(y) : x - y;
      return (up ? order : -order) || a.dataset.rank - b.dataset.rank;
    });
    body.append(...rows);
  }

  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (e) => e.preventDefault());
  for (const b of table.tHead.querySelectorAll("button")) b.addEventListener("click", () => sort(b));
  window.addEventListener("beforeprint", () => { for (const d of document.querySelectorAll("#slots details")) d.open = true; });
  filter();
})();
