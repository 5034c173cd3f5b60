// [data-recorder data-keep="NAME"]: records camera and microphone, or takes a file of the [data-file-form]; keeps the recording in this browser until the server has all of it, and
// sends it in pieces: POST begin (Upload-Length) → PATCH pieces at their offset → POST finish. After a lost connection the
// server is asked for its offset, and sending goes on from there; also after this page was closed or the server restarted.

const DATABASE = "needle-recordings";
const FIRST_RETRY = 1000;
const LAST_RETRY = 20000;
const TYPES = {
  video: ["video/webm;codecs=vp8,opus", "video/webm", "video/mp4"],
  audio: ["audio/webm;codecs=opus", "audio/webm", "audio/mp4", "audio/ogg;codecs=opus"],
};

// --- kept in this browser ---

function database() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("unsent");
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function stored(mode, act) {
  try {
    const opened = await database();
    return await new Promise((resolve, reject) => {
      const asked = act(opened.transaction("unsent", mode).objectStore("unsent"));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  } catch { return undefined; }  // no store: the recording is still sent while the page is open
}

const wait = (milliseconds) => new Promise((done) => {
  const timer = setTimeout(done, milliseconds);
  addEventListener("online", () => { clearTimeout(timer); done(); }, { once: true });
});

class Refusal extends Error {}

class Recorder {
  constructor(root) {
    this.root = root;
    this.key = root.dataset.keep;
    this.words = root.querySelector("[data-state-words]");
    this.bar = root.querySelector("[data-sent]");
    this.clock = root.querySelector("[data-clock]");
    this.live = root.querySelector("[data-live]");
    this.busy = false;
    for (const button of root.querySelectorAll("[data-act]")) button.addEventListener("click", () => this[button.dataset.act]());
    this.form = document.querySelector("[data-file-form]");
    this.form?.addEventListener("submit", (event) => this.file(event));
    root.hidden = false;
    addEventListener("beforeunload", (event) => { if (this.media?.state === "recording") event.preventDefault(); });
    this.resume();
  }

  say(key, values = {}) {
    const name = `text${key[0].toUpperCase()}${key.slice(1)}`;
    this.words.textContent = Object.entries(values).reduce((text, [word, value]) => text.replace(`{${word}}`, value), this.root.dataset[name] ?? key);
  }

  show(...acts) {
    for (const button of this.root.querySelectorAll("[data-act]")) button.hidden = !acts.includes(button.dataset.act);
  }

  async open() {
    this.say("asking");
    try {
      const video = this.root.dataset.media === "video" ? { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { max: 30 } } : false;
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: true, video });
    } catch { this.say("denied"); return; }
    if (this.live) { this.live.srcObject = this.stream; await this.live.play().catch(() => {}); }
    this.say("ready");
    this.show("record");
  }

  record() {
    const type = TYPES[this.root.dataset.media].find((each) => MediaRecorder.isTypeSupported(each)) ?? "";
    const chunks = [];
    this.media = new MediaRecorder(this.stream, { mimeType: type, videoBitsPerSecond: 1200000, audioBitsPerSecond: 64000 });
    this.media.addEventListener("dataavailable", (event) => { if (event.data.size) chunks.push(event.data); });
    this.media.addEventListener("stop", () => this.recorded(new Blob(chunks, { type: this.media.mimeType })));
    this.media.start(1000);
    this.began = Date.now();
    this.ticking = setInterval(() => this.tick(), 500);
    this.clock.hidden = false;
    this.say("recording");
    this.show("stop");
  }

  tick() {
    const seconds = Math.floor((Date.now() - this.began) / 1000);
    this.clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (seconds >= Number(this.root.dataset.seconds)) this.stop();
  }

  stop() {
    clearInterval(this.ticking);
    if (this.media?.state === "recording") this.media.stop();
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    if (this.live) this.live.srcObject = null;
    this.clock.hidden = true;
    this.show();
  }

  recorded(blob) { this.begin({ blob, type: blob.type }); }

  file(event) {
    const chosen = this.form.querySelector("input[type=file]").files[0];
    if (!chosen) return;
    event.preventDefault();
    this.begin({ blob: chosen, type: chosen.type, name: chosen.name });
  }

  async begin(entry) {
    if (this.busy) return;
    if (entry.blob.size > Number(this.root.dataset.limit)) { this.say("large"); this.show("open"); return; }
    await stored("readwrite", (store) => store.put(entry, this.key));
    await this.send(entry);
  }

  async resume() {
    const entry = await stored("readonly", (store) => store.get(this.key));
    if (!entry?.blob) return;
    this.say("resumed");
    await this.send(entry);
  }

  async send(entry) {
    this.busy = true;
    this.show();
    this.bar.hidden = false;
    try {
      await this.pieces(entry);
      await this.forget();
      location.reload();
    } catch (refusal) {
      await this.forget();
      this.bar.hidden = true;
      this.words.textContent = refusal.message || this.root.dataset.textFailed;
      this.show("open");
      this.busy = false;
    }
  }

  forget() { return stored("readwrite", (store) => store.delete(this.key)); }

  // Until all is there: what cannot be reached is tried again, what the server refuses ends it.
  async pieces(entry) {
    let retry = FIRST_RETRY;
    let offset = null;
    for (;;) {
      try {
        if (!entry.url) {
          const begun = await this.ask(this.root.dataset.beginUrl, { method: "POST", headers: { "Upload-Length": String(entry.blob.size) } });
          entry.url = begun.headers.get("Location");
          offset = 0;
          await stored("readwrite", (store) => store.put(entry, this.key));
        }
        if (offset === null) offset = Number((await this.ask(entry.url, {})).headers.get("Upload-Offset"));
        this.progress(offset / entry.blob.size);
        if (offset >= entry.blob.size) {
          await this.ask(`${entry.url}/finish`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ type: entry.type, name: entry.name }) });
          return;
        }
        const piece = entry.blob.slice(offset, offset + Number(this.root.dataset.piece));
        const said = await this.ask(entry.url, { method: "PATCH", headers: { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(offset) }, body: piece });
        offset = Number(said.headers.get("Upload-Offset"));
        retry = FIRST_RETRY;
      } catch (error) {
        if (error instanceof Refusal) throw error;
        this.say("waiting");
        await wait(retry);
        retry = Math.min(retry * 2, LAST_RETRY);
        offset = null;
      }
    }
  }

  progress(share) {
    this.bar.value = share * 100;
    this.say("sending", { share: `${Math.round(share * 100)} %` });
  }

  async ask(url, options) {
    const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";
    const answer = await fetch(url, { ...options, headers: { Accept: "application/json", "X-CSRFToken": token, ...options.headers } });
    if (answer.redirected) throw new Error("later");
    if (answer.ok) return answer;
    const said = await answer.json().catch(() => ({}));
    if (answer.status === 409 && said.code === "piece_out_of_place") return answer;
    if (answer.status >= 500 || answer.status === 429 || answer.status === 408) throw new Error("later");
    throw new Refusal(said.sentence ?? "");
  }
}

for (const root of document.querySelectorAll("[data-recorder]")) new Recorder(root);
