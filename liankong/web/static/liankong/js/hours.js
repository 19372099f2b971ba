// The structure's slider: steps from change to change, and asks for the structure at that moment.

const form = document.querySelector("[data-hours]");
const slide = form?.querySelector("[data-slide]");
const stops = JSON.parse(document.getElementById("hours-stops")?.textContent ?? "[]");
const says = form?.querySelector("[data-slide-says]");
const hour = form?.querySelector("[name=at]");

function shown(position) {
  const text = (stops[position] ?? "").replace("T", " ");
  if (says) says.textContent = text;
  slide.setAttribute("aria-valuetext", text);
}

if (slide && stops.length) {
  // The last change at or before the hour that is shown.
  let position = 0;
  while (position + 1 < stops.length && stops[position + 1] <= hour.value) position += 1;
  slide.value = String(position);
  shown(position);
  slide.addEventListener("input", () => {
    shown(Number(slide.value));
    hour.value = stops[Number(slide.value)];
  });
  slide.addEventListener("change", () => form.requestSubmit());
}
