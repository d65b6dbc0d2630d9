// uPlot, loaded when something is drawn. It sets styles as properties, which the page's policy allows.
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export type Line = { label: string; values: (number | null)[] };

/** How values and times are written. With `days` every point is a UTC day. */
export type Writing = { unit: string; format?: ((value: number) => string) | undefined; days?: boolean | undefined; top?: number | undefined };

/** Draws lines over time (seconds since 1970) into `host`, in the colours of the page. */
export function plot(host: HTMLElement, times: number[], lines: Line[], writing: Writing, height: number) {
  const format = writing.format ?? ((value: number) => `${value.toLocaleString("en")} ${writing.unit}`);
  const last = times.length - 1;
  const colour = (name: string) => resolved(host, name);
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
  const strokes = ["--accent", "--busy", "--warn", "--bad", "--muted"];
  // Lines differ in more than their colour.
  const dashes = [[], [7, 3], [2, 3], [10, 3, 2, 3], [4, 6]];
  const options: UPlot.Options = {
    width: host.clientWidth,
    height,
    scales: { y: { range: (_, __, most) => [0, writing.top ?? (most > 0 && writing.format ? most * 1.1 : Math.max(1, most * 1.1))] } },
    padding: [8, 24, 0, 0],
    ...(writing.days ? { tzDate: (at: number) => UPlot.tzDate(new Date(at * 1000), "Etc/UTC") } : {}),
    axes: [{ ...axis, ...(writing.days ? { incrs: [1, 2, 7, 14, 28, 56, 84, 168].map((days) => days * 86_400) } : {}), values: (_, ticks) => clockWords(ticks, writing.days) }, { ...axis, size: 64, values: (_, ticks) => ticks.map(format) }],
    series: [
      { label: writing.days ? "Day" : "Time", value: (_, at) => (at == null ? "–" : moment(at, writing.days)) },
      ...lines.map((line, at) => ({
        label: line.label,
        value: (_: UPlot, value: number | null) => (value == null ? "–" : format(value)),
        stroke: colour(strokes[at % strokes.length] ?? "--accent"),
        dash: dashes[at % dashes.length] ?? [],
        width: 1.5,
        points: { show: times.length < 60 },
      })),
    ],
    // Without a pointer the legend shows the newest values.
    hooks: { ready: [(chart) => chart.setLegend({ idx: last }, false)], setLegend: [(chart) => chart.legend.idx == null && chart.setLegend({ idx: last }, false)] },
  };
  const chart = new UPlot(options, [times, ...lines.map((line) => line.values)], host);
  const watch = new ResizeObserver(() => chart.setSize({ width: host.clientWidth, height }));
  watch.observe(host);
  return {
    destroy() {
      watch.disconnect();
      chart.destroy();
    },
  };
}

/** Ticks of a time axis: seconds, minutes or days, as far apart as they are. */
function clockWords(ticks: number[], utc = false): string[] {
  const step = (ticks[1] ?? Infinity) - (ticks[0] ?? 0);
  const options: Intl.DateTimeFormatOptions = step >= 86_400 ? { month: "short", day: "numeric" } : { hour: "2-digit", minute: "2-digit", hour12: false, ...(step < 60 ? { second: "2-digit" } : {}) };
  return ticks.map((tick) => new Date(tick * 1000).toLocaleString("en", utc ? { ...options, timeZone: "UTC" } : options));
}

/** One point's time, for the legend. */
function moment(at: number, days = false): string {
  const date = new Date(at * 1000);
  return days ? date.toLocaleDateString("en", { weekday: "short", month: "short", day: "numeric", timeZone: "UTC" }) : date.toLocaleString("en", { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });
}

/** A token as the canvas takes it: the canvas knows neither variables nor pairs of colours. */
function resolved(host: HTMLElement, name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  host.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
