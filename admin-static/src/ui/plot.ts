// uPlot, loaded when something is drawn. It sets styles as properties, which the page's policy allows.
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export type Line = { label: string; values: (number | null)[] };

/** Draws lines over time (seconds since 1970) into `host`, in the colours of the page. */
export function plot(host: HTMLElement, times: number[], lines: Line[], unit: string, height: number) {
  const colour = (name: string) => resolved(host, name);
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
  const strokes = ["--accent", "--busy", "--warn", "--bad"];
  const options: UPlot.Options = {
    width: host.clientWidth,
    height,
    scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
    padding: [8, 24, 0, 0],
    axes: [{ ...axis, values: (_, ticks) => clockWords(ticks) }, { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => `${tick.toLocaleString("en")} ${unit}`) }],
    series: [{}, ...lines.map((line, at) => ({ label: line.label, stroke: colour(strokes[at % strokes.length] ?? "--accent"), width: 1.5, points: { show: times.length < 60 } }))],
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
function clockWords(ticks: number[]): string[] {
  const step = (ticks[1] ?? Infinity) - (ticks[0] ?? 0);
  const options: Intl.DateTimeFormatOptions = step >= 86_400 ? { month: "short", day: "numeric" } : { hour: "2-digit", minute: "2-digit", hour12: false, ...(step < 60 ? { second: "2-digit" } : {}) };
  return ticks.map((tick) => new Date(tick * 1000).toLocaleString("en", options));
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
