// <div data-spot>: an image and two numbers, per cent from its left and top. Pointing at the image sets the numbers, and the numbers
// move the cross. Without this script, and by keyboard, the numbers do.
const tenth = (value) => Math.round(Math.min(Math.max(value, 0), 100) * 10) / 10;

class Spot {
  constructor(box) {
    [this.x, this.y] = box.querySelectorAll("input");
    this.crosses = box.querySelectorAll(".cross");
    this.image = box.querySelector(".spot-image");
    this.image.addEventListener("click", (event) => this.point(event));
    for (const field of [this.x, this.y]) field.addEventListener("input", () => this.draw());
    this.draw();
  }

  point(event) {
    const sides = this.image.getBoundingClientRect();
    this.x.value = tenth(((event.clientX - sides.left) / sides.width) * 100);
    this.y.value = tenth(((event.clientY - sides.top) / sides.height) * 100);
    this.draw();
    this.y.dispatchEvent(new Event("change", { bubbles: true }));
  }

  draw() {
    const known = this.x.value !== "" && this.y.value !== "";
    const path = known ? `M${tenth(this.x.valueAsNumber) * 10} 0V1000M0 ${tenth(this.y.valueAsNumber) * 10}H1000` : "";
    for (const cross of this.crosses) cross.setAttribute("d", path);
  }
}

export function start(boxes) {
  for (const box of boxes) box.spot ??= new Spot(box);
}
