// The live feed: one websocket, topics with cursors, and a chip that never says live when it is not.
// Elements name what they follow: data-live-topics="nexus:all agent:a1", with data-live-after="n120" from the server
// where the page was rendered at that cursor. Every frame becomes a DOM event `live:<type>` on <body>.
const ADDRESS = `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws/live/`;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15000;
const OFFLINE_AFTER_ATTEMPTS = 4;
const SILENCE_MS = 60000; // the server pings every 25 s
const MOST_WAITING_FRAMES = 5000;
const DISPATCH_BUDGET_MS = 8;
const FINAL = { 4401: "log in again", 4403: "not allowed" };
const SLOW_DOWN = new Set([1013, 4429]);

export const clientId = crypto.randomUUID ? crypto.randomUUID() : Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(16)).join("");

const topics = new Map(); // name -> {cursors: Map(letter -> seq), confirmed}
let socket = null;
let attempts = 0;
let retryAt = 0;
let retryTimer = 0;
let countdown = 0;
let silence = 0;
let lastHeard = Date.now();
let paused = false;
let ended = "";

/* cursors: `n12d7` holds one number for each log that a topic follows */

export function parseCursor(text) {
  return new Map(Array.from(text.matchAll(/([a-z])(\d+)/g), ([, letter, seq]) => [letter, seq]));
}

export function cursorText(cursors) {
  return ["n", "d"].filter((letter) => cursors.has(letter)).map((letter) => letter + cursors.get(letter)).join("");
}

function advance(topic, text) {
  for (const [letter, seq] of parseCursor(text)) topic.cursors.set(letter, seq);
}

/* chip */

function clock(instant) {
  return new Date(instant).toLocaleTimeString([], { hour12: false });
}

function isConfirmed() {
  for (const topic of topics.values()) if (!topic.confirmed) return false;
  return true;
}

function present() {
  if (paused) return ["paused", "Paused"];
  if (ended) return ["offline", `Offline — ${ended}, data from ${clock(lastHeard)}`];
  if (socket && socket.readyState === WebSocket.OPEN && isConfirmed()) return ["live", "Live"];
  if (attempts === 0) return ["connecting", "Connecting…"];
  if (attempts > OFFLINE_AFTER_ATTEMPTS || !navigator.onLine) return ["offline", `Offline — data from ${clock(lastHeard)}`];
  return ["reconnecting", "Reconnecting…"];
}

function show() {
  const [state, words] = present();
  document.documentElement.dataset.live = state;
  for (const chip of document.querySelectorAll("#live-chip, [data-live-chip]")) showOn(chip, state, words);
}

function showOn(chip, state, words) {
  const text = chip.querySelector("[data-live-text]") || chip;
  if (chip.dataset.state !== state || text.textContent !== words) {
    chip.dataset.state = state;
    text.textContent = words;
  }
  showCountdown(chip, state);
  showRetry(chip, state === "offline" && !ended);
}

// The seconds are for the eye only: a screen reader hears the state once, not every second.
function showCountdown(chip, state) {
  let seconds = chip.querySelector("[data-live-seconds]");
  const left = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
  if (state !== "reconnecting" || left === 0) return seconds && seconds.remove();
  if (!seconds) {
    seconds = document.createElement("span");
    seconds.dataset.liveSeconds = "";
    seconds.setAttribute("aria-hidden", "true");
    chip.append(seconds);
  }
  seconds.textContent = `(${left} s)`;
}

function showRetry(chip, isWanted) {
  const known = chip.querySelector("[data-live-retry]");
  if (!isWanted) return known && known.remove();
  if (known) return;
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.liveRetry = "";
  button.textContent = "Retry";
  button.addEventListener("click", () => retryNow());
  chip.append(button);
}

/* connection */

function connect() {
  clearTimeout(retryTimer);
  clearInterval(countdown);
  if (paused || ended || socket) return;
  for (const topic of topics.values()) topic.confirmed = false;
  const opened = (socket = new WebSocket(ADDRESS));
  opened.addEventListener("open", () => { listenForSilence(); ask([...topics.keys()]); show(); });
  opened.addEventListener("message", (event) => { if (opened === socket) hear(JSON.parse(event.data)); });
  opened.addEventListener("close", (event) => { if (opened === socket) lost(event.code); });
  show();
}

function lost(code) {
  socket = null;
  clearTimeout(silence);
  if (FINAL[code]) {
    ended = FINAL[code];
    announce("live:ended", { code });
    return show();
  }
  attempts += 1;
  const step = SLOW_DOWN.has(code) ? LONGEST_DELAY_MS : FIRST_DELAY_MS * 2 ** (attempts - 1);
  const delay = Math.min(step, LONGEST_DELAY_MS) * (0.8 + 0.4 * Math.random());
  retryAt = Date.now() + delay;
  retryTimer = setTimeout(connect, delay);
  countdown = setInterval(show, 1000);
  show();
}

function drop() {
  const closing = socket;
  socket = null;
  clearTimeout(silence);
  if (closing) closing.close(1000);
}

function listenForSilence() {
  lastHeard = Date.now();
  clearTimeout(silence);
  silence = setTimeout(() => { drop(); lost(1006); }, SILENCE_MS);
}

export function retryNow() {
  if (paused || ended) return;
  drop();
  connect();
}

export function pause() {
  paused = true;
  clearTimeout(retryTimer);
  clearInterval(countdown);
  drop();
  show();
}

export function resume() {
  if (!paused) return;
  paused = false;
  attempts = 0;
  connect();
}

/* frames */

function send(frame) {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

function ask(names) {
  const wanted = names.map((name) => ({ name, after: cursorText(topics.get(name).cursors) || null }));
  if (wanted.length) send({ op: "sub", topics: wanted });
  else attempts = 0;
}

function hear(frame) {
  listenForSilence();
  const topic = topics.get(frame.topic);
  if (frame.op === "ping") send({ op: "pong" });
  else if (frame.op === "error") announce("live:error", frame);
  else if (topic && frame.op === "sub.ok") confirm(topic, frame.head);
  else if (topic && frame.op === "reset") startOver(topic, frame);
  else if (topic && frame.op === "event") take(topic, frame);
}

function confirm(topic, head) {
  topic.confirmed = true;
  const known = topic.cursors;
  for (const [letter, seq] of parseCursor(head)) if (!known.has(letter)) known.set(letter, seq);
  if (isConfirmed()) attempts = 0;
  show();
}

function startOver(topic, frame) {
  topic.cursors.clear();
  if (frame.head) advance(topic, frame.head);
  queue("live:reset", frame);
}

function take(topic, frame) {
  if (frame.seq) advance(topic, frame.seq);
  if (frame.client_id && frame.client_id === clientId) return;
  queue(`live:${frame.type}`, frame);
}

/* dispatch: in slices, so that a burst leaves the page responsive */

let waiting = [];
let isScheduled = false;

function queue(name, detail) {
  if (waiting.length >= MOST_WAITING_FRAMES) waiting = [["live:reset", { op: "reset", topic: null, reason: "overflow" }]];
  waiting.push([name, detail]);
  if (isScheduled) return;
  isScheduled = true;
  if (document.hidden) setTimeout(dispatch, 0);
  else requestAnimationFrame(dispatch);
}

function dispatch() {
  const until = performance.now() + DISPATCH_BUDGET_MS;
  let done = 0;
  while (done < waiting.length && performance.now() < until) {
    const [name, detail] = waiting[done++];
    announce(name, detail);
    if (name !== "live:reset") announce("live:event", detail);
  }
  waiting = waiting.slice(done);
  isScheduled = waiting.length > 0;
  if (isScheduled) setTimeout(dispatch, 16);
}

function announce(name, detail) {
  document.body.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
}

/* topics of the page */

function named() {
  const found = new Map();
  for (const element of document.querySelectorAll("[data-live-topics]")) {
    for (const name of element.dataset.liveTopics.split(/\s+/)) if (name) found.set(name, element.dataset.liveAfter || "");
  }
  return found;
}

// Compare what the page names with what is followed: after the page has swapped a part of itself, or at the start.
export function refreshTopics() {
  const found = named();
  const gone = [...topics.keys()].filter((name) => !found.has(name));
  const added = [...found.keys()].filter((name) => !topics.has(name));
  for (const name of gone) topics.delete(name);
  for (const name of added) topics.set(name, { cursors: parseCursor(found.get(name)), confirmed: false });
  if (gone.length) send({ op: "unsub", topics: gone });
  if (added.length && socket && socket.readyState === WebSocket.OPEN) ask(added);
  const isNeeded = topics.size > 0 || document.querySelector("#live-chip, [data-live-chip]");
  if (isNeeded && !socket && attempts === 0) connect();
  show();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-live-toggle]")) paused ? resume() : pause();
});
document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-Client-Id"] = clientId; });
document.addEventListener("htmx:afterSettle", refreshTopics);
addEventListener("online", () => retryNow());
addEventListener("offline", show);
addEventListener("pageshow", (event) => { if (event.persisted) retryNow(); });
addEventListener("pagehide", drop);
refreshTopics();
