// Tables of form rows: one more row is a copy of the last one, emptied and renumbered.

for (const form of document.querySelectorAll("[data-rows-form]")) {
  const body = form.querySelector("[data-rows]");
  const count = form.querySelector("[data-rows-count]");
  const add = form.querySelector("[data-add-row]");
  if (!body || !count || !add) continue;
  add.hidden = false;
  add.addEventListener("click", () => {
    const rows = body.querySelectorAll("[data-row]");
    const next = rows.length;
    const made = rows[next - 1].cloneNode(true);
    for (const error of made.querySelectorAll(".lk-error")) error.remove();
    for (const field of made.querySelectorAll("[name]")) {
      field.name = field.name.replace(/row\d+/, `row${next}`);
      field.id = field.id.replace(/row\d+/, `row${next}`);
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
      if (field.matches("select")) field.selectedIndex = 0;
      else field.value = "";
    }
    body.append(made);
    count.value = String(next + 1);
    made.querySelector("select, input").focus();
  });
}
