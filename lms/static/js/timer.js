// data-deadline="ISO time" data-server-now="ISO time": counts down on the server's clock, however wrong the
// one of this computer is. At zero the form named by data-submit-form is sent; the server decides anyway.

const NEAR_SECONDS = 300;
const SPOKEN_SECONDS = [600, 300, 60];

function written(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

class Timer {
  constructor(element) {
    this.element = element;
    this.output = element.querySelector("[data-remaining]") ?? element;
    this.spoken = element.querySelector("[data-remaining-spoken]");
    this.end = performance.now() + Date.parse(element.dataset.deadline) - Date.parse(element.dataset.serverNow);
    element.timer = this;
    this.last = Infinity;
    this.tick();
    this.interval = setInterval(() => this.tick(), 500);
  }

  // The server says again how many seconds are left; each saved answer brings this figure along.
  correct(seconds) {
    this.end = performance.now() + seconds * 1000;
    this.tick();
  }

  tick() {
    const seconds = (this.end - performance.now()) / 1000;
    const text = written(seconds);
    if (this.output.textContent !== text) this.output.textContent = text;
    this.element.toggleAttribute("data-near", seconds <= NEAR_SECONDS && seconds > 0);
    this.element.toggleAttribute("data-over", seconds <= 0);
    if (this.spoken && SPOKEN_SECONDS.some((mark) => this.last > mark && seconds <= mark && this.last !== Infinity)) {
      this.spoken.textContent = this.spoken.dataset.template.replace("{time}", text);
    }
    this.last = seconds;
    if (seconds <= 0) this.over();
  }

  over() {
    clearInterval(this.interval);
    this.element.dispatchEvent(new CustomEvent("needle:deadline", { bubbles: true }));
    const form = document.getElementById(this.element.dataset.submitForm ?? "");
    form?.requestSubmit();
  }
}

export function start(elements) {
  for (const element of elements) {
    if (!element.timer && element.dataset.serverNow && !element.matches("form")) new Timer(element);
  }
}
