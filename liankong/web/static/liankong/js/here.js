// Fills longitude and latitude of a form with where the device is, when somebody presses the button and agrees.
// The place is sent with the form and nowhere else.
const DIGITS = 5; // about a metre

for (const button of document.querySelectorAll("[data-here]")) {
  if (!("geolocation" in navigator) || !window.isSecureContext) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const form = button.closest("form");
        form.querySelector("[name$=longitude]").value = coords.longitude.toFixed(DIGITS);
        form.querySelector("[name$=latitude]").value = coords.latitude.toFixed(DIGITS);
        button.disabled = false;
      },
      () => { button.disabled = false; },
      { enableHighAccuracy: true, timeout: 15000 },
    );
  });
}
