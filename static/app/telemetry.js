// The telemetry pages: live notices become refetches at a bounded pace, and new rows are announced, not pushed in.
const PACES = { "telemetry:now": 1000, "telemetry:later": 4000 }; // event on <body> -> milliseconds between two

/* at once, then at most once per pace, never missing the last; a hidden page waits until it is looked at */
function pacer(name, pace) {
  let isQuiet = true;
  let isOwed = false;
  const changed = () => {
    isOwed = !isQuiet || document.hidden;
    if (isOwed) return;
    isQuiet = false;
    document.body.dispatchEvent(new CustomEvent(name));
    setTimeout(() => { isQuiet = true; if (isOwed) changed(); }, pace);
  };
  document.addEventListener("visibilitychange", () => { if (isOwed && isQuiet) changed(); });
  return changed;
}

for (const [name, pace] of Object.entries(PACES)) {
  const changed = pacer(name, pace);
  for (const notice of ["live:event.ingested", "live:batch.rejected", "live:reset"]) document.body.addEventListener(notice, changed);
}

/* rows */
const isInView = (element) => { const box = element.getBoundingClientRect(); return box.top < innerHeight && box.bottom > 0; };
const show = (panel) => htmx.trigger(panel, "telemetry:show");

async function announce(panel) {
  const rows = panel.querySelector("[data-rows]");
  if (!rows || !isInView(rows)) { show(panel); return; }
  const answer = await fetch(panel.getAttribute("hx-get"));
  if (!answer.ok) return;
  const fetched = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll("[data-rows] tbody tr");
  const fresh = Array.from(fetched).filter((row) => !document.getElementById(row.id)).length;
  if (fresh) say(panel, fresh === fetched.length ? `${fresh} or more new` : `${fresh} new`);
}

function say(panel, words) {
  const place = panel.querySelector(".announce");
  if (!place || place.textContent === `${words} — show`) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = `${words} — show`;
  button.addEventListener("click", () => {
    panel.addEventListener("htmx:afterSettle", () => panel.querySelector("[data-drawer]")?.focus({ preventScroll: true }), { once: true });
    show(panel);
  });
  place.replaceChildren(button);
}

document.body.addEventListener("telemetry:now", () => {
  for (const panel of document.querySelectorAll('[hx-trigger="telemetry:show"]')) announce(panel);
});

/* what the reader opened stays open when its panel is fetched again */
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, element) => !(name === "open" && element.tagName === "DETAILS");
