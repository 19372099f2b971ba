// A day's list of checks: Enter goes to the next row, and from the last one to the button that records them.

for (const form of document.querySelectorAll("[data-checks]")) {
  const fields = () => [...form.querySelectorAll("input[name^=check-], select[name^=check-]")];
  (form.querySelector("[aria-invalid=true]") ?? fields()[0])?.focus({ preventScroll: true });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.name?.startsWith("check-")) return;
    event.preventDefault();
    const all = fields();
    const next = all[all.indexOf(event.target) + 1] ?? form.querySelector("button.btn-primary");
    next.focus();
    next.select?.();
  });
}
