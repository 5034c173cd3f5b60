// <form data-activity-url="…">: tells the server when this page is covered or comes back, when an answer changes and when text is pasted.
// Said before the attempt begins, and shown to trainers as what it is: by this browser's clock, with nothing of what is elsewhere on the screen.
// Sent in small lists, seldom: when the page is left, and once a minute if there is anything. Nothing waits for it; what is lost is lost.

const EVERY = 60000;
const MOST = 100;
const SAME = 10000;

class Activity {
  constructor(form) {
    this.url = form.dataset.activityUrl;
    this.events = [];
    this.changed = new Map();
    document.addEventListener("visibilitychange", () => this.visible(!document.hidden));
    addEventListener("blur", () => { if (!document.hidden) this.note("blurred"); });
    addEventListener("focus", () => { if (!document.hidden) this.note("focused"); });
    form.addEventListener("change", (event) => this.change(event.target));
    form.addEventListener("paste", (event) => this.note("pasted", event.target));
    addEventListener("pagehide", () => this.send());
    setInterval(() => this.send(), EVERY);
  }

  visible(shown) {
    this.note(shown ? "shown" : "hidden");
    if (!shown) this.send();
  }

  // A typed answer changes with every pause: told once in ten seconds.
  change(field) {
    const question = field.closest?.("[data-question]")?.dataset.question;
    if (!question || Date.now() - (this.changed.get(question) ?? 0) < SAME) return;
    this.changed.set(question, Date.now());
    this.note("changed", field);
  }

  note(what, field) {
    const question = Number(field?.closest?.("[data-question]")?.dataset.question) || null;
    if (this.events.length < MOST) this.events.push([Date.now(), what, question]);
  }

  send() {
    if (!this.events.length) return;
    const body = JSON.stringify(this.events);
    this.events = [];
    const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";
    fetch(this.url, { method: "POST", keepalive: true, headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body }).catch(() => {});
  }
}

export function start(forms) {
  for (const form of forms) form.activity ??= new Activity(form);
}
