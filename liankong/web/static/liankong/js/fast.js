// Fast keys of a page: a letter presses the button, opens the part or chooses the answer that bears it.

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest?.("input:not([type=radio]), select, textarea, [contenteditable], dialog[open]")) return;
  const found = document.querySelector(`main [data-fast="${CSS.escape(event.key)}"]`);
  if (!found) return;
  event.preventDefault();
  if (found.matches("summary")) {
    const part = found.parentElement;
    part.open = true;
    part.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  } else {
    found.click();
    if (found.matches("input")) found.focus();
  }
});
