// The line of an interview is taken with Enter from wherever the cursor stands; lists swallow that key by themselves.

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches?.("#line select")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
