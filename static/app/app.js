// The shell: theme, times, copy buttons, toasts, drawers, navigation on small screens, live chip.
const root = document.documentElement;
const THEMES = ["auto", "light", "dark"];
const THEME_NAMES = { auto: "automatic", light: "light", dark: "dark" };

const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window: the choice lasts for this page */ } };

/* theme: same key and attribute as the admin */
function showTheme(theme) {
  root.dataset.theme = theme;
  for (const label of document.querySelectorAll("[data-theme-name]")) label.textContent = `Theme: ${THEME_NAMES[theme]}`;
}

function cycleTheme() {
  const next = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
  remember("theme", next);
  showTheme(next);
}

/* times: one timer for every <time> of the page */
const STEPS = [[60, 1, "s"], [3600, 60, "min"], [86400, 3600, "h"], [5184000, 86400, "d"]];

export function relative(instant, now = Date.now()) {
  const seconds = Math.trunc((now - instant) / 1000);
  const distance = Math.abs(seconds);
  if (distance < 5) return "just now";
  for (const [limit, unit, name] of STEPS) {
    if (distance < limit) {
      const amount = `${Math.floor(distance / unit)} ${name}`;
      return seconds > 0 ? `${amount} ago` : `in ${amount}`;
    }
  }
  return new Date(instant).toISOString().slice(0, 10);
}

export function refreshTimes(scope = document) {
  for (const element of scope.querySelectorAll("time[datetime]:not([data-fixed])")) {
    const instant = Date.parse(element.dateTime);
    if (Number.isNaN(instant)) continue;
    element.textContent = relative(instant);
    element.title = `${new Date(instant).toLocaleString()} (${new Date(instant).toISOString().slice(0, 19).replace("T", " ")} UTC)`;
  }
}

/* toasts: at most three; errors stay until closed, the others wait while pointed at or focused */
export function toast(text, { error = false, undo = null } = {}) {
  const region = document.getElementById("toasts");
  if (!region) return;
  while (region.children.length >= 3) region.firstElementChild.remove();
  const box = document.createElement("div");
  box.className = error ? "toast error" : "toast";
  box.setAttribute("role", error ? "alert" : "status");
  const words = document.createElement("p");
  words.textContent = text;
  box.append(words);
  if (undo) box.append(button("Undo", () => { box.remove(); undo(); }));
  box.append(button("Close", () => box.remove()));
  region.append(box);
  if (!error) expire(box, undo ? 10000 : 6000);
}

function button(label, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = label;
  element.addEventListener("click", act);
  return element;
}

function expire(box, delay) {
  let timer = setTimeout(() => box.remove(), delay);
  const hold = () => clearTimeout(timer);
  const release = () => { clearTimeout(timer); timer = setTimeout(() => box.remove(), delay); };
  for (const name of ["pointerenter", "focusin"]) box.addEventListener(name, hold);
  for (const name of ["pointerleave", "focusout"]) box.addEventListener(name, release);
}

/* copy */
async function copy(trigger) {
  const source = trigger.dataset.copy || trigger.closest(".snippet")?.querySelector("code")?.textContent || "";
  try {
    await navigator.clipboard.writeText(source);
    toast("Copied");
  } catch {
    selectText(trigger.closest(".snippet")?.querySelector("code"));
    toast("The browser refused to copy. The text is selected: press Ctrl+C.");
  }
}

function selectText(element) {
  if (!element) return;
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

/* dialogs: navigation on small screens, drawers */
function openNavigation() {
  let dialog = document.getElementById("nav-dialog");
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.id = "nav-dialog";
    dialog.className = "nav-dialog";
    dialog.setAttribute("aria-label", "Menu");
    const head = document.createElement("div");
    head.className = "dialog-head";
    const close = button("Close", () => dialog.close());
    close.className = "button quiet";
    head.append("Menu", close);
    const navigation = document.getElementById("sidebar").cloneNode(true);
    navigation.removeAttribute("id");
    dialog.append(head, navigation);
    document.body.append(dialog);
  }
  dialog.showModal();
}

/** A drawer with the server's fragment of `url`; the address bar follows, Back and Esc close it. */
export async function openDrawer(url, label) {
  const answer = await fetch(url, { headers: { "X-Fragment": "drawer" } });
  if (!answer.ok) { toast("That could not be opened. Try again.", { error: true }); return; }
  const dialog = document.createElement("dialog");
  dialog.className = "drawer";
  dialog.setAttribute("aria-label", label);
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  dialog.append(...parsed.body.childNodes);
  document.body.append(dialog);
  history.pushState({ drawer: url }, "", url);
  const back = () => dialog.close("back");
  addEventListener("popstate", back, { once: true });
  dialog.addEventListener("close", () => {
    removeEventListener("popstate", back);
    dialog.remove();
    if (dialog.returnValue !== "back") history.back();
  });
  dialog.showModal();
  refreshTimes(dialog);
}

/* Back after a reload of the drawer's address, and Forward to it, land on an address that this document was not made for */
const address = () => location.pathname + location.search;
const ownAddress = address();
addEventListener("popstate", () => { if (address() !== ownAddress) location.reload(); });

function collapseNavigation() {
  const collapsed = root.dataset.sidebar !== "collapsed";
  if (collapsed) root.dataset.sidebar = "collapsed"; else delete root.dataset.sidebar;
  remember("sidebar", collapsed ? "collapsed" : "open");
}

const ACTIONS = [
  ["[data-cycle-theme]", cycleTheme],
  ["[data-copy]", copy],
  ["[data-open-nav]", openNavigation],
  ["[data-collapse-nav]", collapseNavigation],
  ["[data-close-dialog]", (trigger) => trigger.closest("dialog")?.close()],
  ["a[data-drawer]", (link) => openDrawer(link.href, link.dataset.drawer || link.textContent.trim())],
];

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.menu[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  for (const [selector, act] of ACTIONS) {
    const trigger = event.target.closest(selector);
    if (trigger) { event.preventDefault(); act(trigger); return; }
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.menu[open]")) { open.open = false; open.querySelector("summary").focus(); }
});

/* live events come in bursts: panels refetch on `pulse:changed`, at once and then at most twice a second, never missing the last */
let isQuiet = true;
let isOwed = false;

function changed() {
  if (!isQuiet) { isOwed = true; return; }
  isQuiet = false;
  document.body.dispatchEvent(new CustomEvent("pulse:changed"));
  setTimeout(() => { isQuiet = true; if (isOwed) { isOwed = false; changed(); } }, 500);
}

for (const name of ["live:event", "live:reset"]) document.body.addEventListener(name, changed);
document.body.addEventListener("htmx:afterSwap", (event) => refreshTimes(event.target));
document.body.addEventListener("htmx:responseError", () => toast("A part of this page could not be refreshed. Reload to try again.", { error: true }));
showTheme(THEMES.includes(root.dataset.theme) ? root.dataset.theme : "auto");
refreshTimes();
setInterval(refreshTimes, 30000);
