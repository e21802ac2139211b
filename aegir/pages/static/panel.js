// What the pages do beyond HTML and htmx. Loaded before the page is drawn, so that its colours are right at once.
"use strict";

const root = document.documentElement;
root.classList.add("js");

const dark = matchMedia("(prefers-color-scheme: dark)");
function paint() {
  root.dataset.bsTheme = localStorage.getItem("theme") || (dark.matches ? "dark" : "light");
}
paint();
dark.addEventListener("change", paint);

document.addEventListener("click", (event) => {
  const theme = event.target.closest("[data-theme]");
  if (theme) {
    localStorage.setItem("theme", theme.dataset.theme);
    paint();
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    navigator.clipboard.writeText(copy.dataset.copy).then(() => copy.classList.add("copied"));
  }
});

// A table whose rows can be chosen: the head's box chooses all, and the bar of actions shows how many.
function tally(form) {
  const boxes = [...form.querySelectorAll("input[name=row]")];
  const chosen = boxes.filter((box) => box.checked).length;
  const bar = form.querySelector("[data-bulk]");
  if (!bar) return;
  bar.hidden = chosen === 0;
  bar.querySelector("[data-count]").textContent = chosen;
  const all = form.querySelector("[data-all]");
  all.checked = chosen > 0 && chosen === boxes.length;
  all.indeterminate = chosen > 0 && chosen < boxes.length;
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-rows]");
  if (!form) return;
  if (event.target.matches("[data-all]")) {
    form.querySelectorAll("input[name=row]").forEach((box) => { box.checked = event.target.checked; });
  }
  tally(form);
});

// A button that has been pressed is not pressed again while the answer is on its way.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button && !event.defaultPrevented) setTimeout(() => { button.disabled = true; }, 0);
});
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("button:disabled").forEach((button) => { button.disabled = false; });
});

// Chosen rows, and what shall be done to them, stay chosen when their table is drawn anew: at once, so that nobody
// can press the button in between.
let kept = { rows: new Set(), action: "" };
document.addEventListener("htmx:beforeSwap", () => {
  kept = {
    rows: new Set([...document.querySelectorAll("input[name=row]:checked")].map((box) => box.value)),
    action: document.querySelector("[data-bulk] select")?.value || "",
  };
});
document.addEventListener("htmx:afterSwap", () => {
  document.querySelectorAll("input[name=row]").forEach((box) => { box.checked = box.checked || kept.rows.has(box.value); });
  document.querySelectorAll("form[data-rows]").forEach(tally);
  const action = document.querySelector("[data-bulk] select");
  if (action && kept.action) action.value = kept.action;
});

// A page's stream of events, which rests while its tab is hidden: a browser opens only six connections to one place,
// and many tabs would take them all. Once the tab is shown again, the stream goes on after the last event it told.
class Stream extends EventTarget {
  static open = new Set();

  constructor(url) {
    super();
    this.address = new URL(url, location.href);
    this.names = new Set();
    Stream.open.add(this);
    if (!document.hidden) this.resume();
  }

  get readyState() {
    return this.source ? this.source.readyState : EventSource.CONNECTING;
  }

  addEventListener(name, listener) {
    super.addEventListener(name, listener);
    if (this.names.has(name)) return;
    this.names.add(name);
    if (this.source) this.follow(name);
  }

  follow(name) {
    this.source.addEventListener(name, (event) => {
      if (event.lastEventId) this.address.searchParams.set("last", event.lastEventId);
      this.dispatchEvent(new MessageEvent(name, { data: event.data, lastEventId: event.lastEventId }));
    });
  }

  resume() {
    this.source = new EventSource(this.address);
    this.source.onopen = (event) => this.onopen(event);
    this.source.onerror = (event) => {
      if (this.readyState === EventSource.CLOSED) Stream.open.delete(this); // htmx opens another one
      this.onerror(event);
    };
    this.names.forEach((name) => this.follow(name));
  }

  rest() {
    if (this.source) this.source.close();
    this.source = null;
  }

  close() {
    Stream.open.delete(this);
    if (this.source) this.source.close();
  }
}

document.addEventListener("DOMContentLoaded", () => {
  if (window.htmx) htmx.createEventSource = (url) => new Stream(url);
});
document.addEventListener("visibilitychange", () => {
  Stream.open.forEach((stream) => (document.hidden ? stream.rest() : stream.resume()));
});
