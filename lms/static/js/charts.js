// data-chart="ID of the <script type=application/json> with the option": draws the figure when it comes into view.
// ECharts itself is loaded only then. Colours in the option are names ("$accent"); they are read from the
// style sheet, so that a figure follows the theme.

let library;

function echarts() {
  library ??= import("asset:echarts.js");
  return library;
}

function palette() {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const colours = {};
  for (const name of ["bg", "card", "sunk", "ink", "soft", "hair", "edge", "accent", "tint", "ok", "warn", "bad"]) {
    probe.style.color = `var(--${name})`;
    colours[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return colours;
}

function coloured(value, colours) {
  if (typeof value === "string" && value[0] === "$") return colours[value.slice(1)] ?? value;
  if (Array.isArray(value)) return value.map((item) => coloured(item, colours));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, coloured(item, colours)]));
  }
  return value;
}

// Axis and tooltip numbers: {"$format": {style, digits, sign}} becomes a function; JSON cannot carry one.
function formatter({ style, digits = 0, sign = false }) {
  const percent = style === "percent";
  const format = new Intl.NumberFormat(document.documentElement.lang, {
    style: percent ? "percent" : "decimal", maximumFractionDigits: digits, minimumFractionDigits: percent ? digits : 0,
    signDisplay: sign ? "exceptZero" : "auto", notation: style === "compact" ? "compact" : "standard",
  });
  return (given) => {
    const value = given !== null && typeof given === "object" ? given.value : given;
    return typeof value === "number" ? format.format(value) : String(value ?? "–");
  };
}

function alive(value) {
  if (Array.isArray(value)) return value.map(alive);
  if (value && typeof value === "object") {
    if (value.$format) return formatter(value.$format);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, alive(item)]));
  }
  return value;
}

function dressed(option, family) {
  const tooltip = option.tooltip && { ...option.tooltip, textStyle: { ...option.tooltip.textStyle, fontFamily: family } };
  return { ...option, textStyle: { fontFamily: family }, tooltip };
}

async function draw(element) {
  const source = document.getElementById(element.dataset.chart);
  const { init } = await echarts();
  const option = JSON.parse(source.textContent);
  element.replaceChildren();
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const chart = init(element, null, { renderer: "svg" });
  const family = getComputedStyle(document.body).fontFamily;
  const paint = () => chart.setOption(
    { ...dressed(alive(coloured(option, palette())), family), animation: !calm && option.animation !== false }, true);
  paint();
  new ResizeObserver(() => chart.resize()).observe(element);
  document.addEventListener("needle:theme", paint);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  element.dataset.drawn = "1";
}

export function start(elements) {
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((item) => item.isIntersecting)) {
      seen.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "200px" });
  for (const element of elements) if (!element.dataset.drawn) seen.observe(element);
}
