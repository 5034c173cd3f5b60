// [data-seek="12.5"]: goes to that second of the recording. [data-now-of="player"]: a field that follows the recording's time
// until something is typed into it.

const player = document.querySelector(".player[src]");

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

if (player) {
  for (const button of document.querySelectorAll("[data-seek]")) {
    button.addEventListener("click", () => { player.currentTime = Number(button.dataset.seek); player.play().catch(() => {}); });
  }
  for (const field of document.querySelectorAll("[data-now-of]")) {
    let typed = false;
    field.addEventListener("input", () => { typed = true; });
    player.addEventListener("timeupdate", () => { if (!typed) field.value = clock(player.currentTime); });
  }
}
