import { init } from 'echarts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../../src/dev/paths';
import type { Row } from './rows';
import type { Way } from './ways';

/** Draws the downtimes as boxes (least, quartiles, most), for a light page and for a dark one. Returns the files. */
export function plot(rows: readonly Row[], ways: readonly Pick<Way, 'name'>[]): string[] {
  return (['light', 'dark'] as const).map((theme) => {
    const file = join(projectDir, 'docs', 'images', `downtime-${theme}.svg`);
    writeFileSync(file, drawn(rows, ways, theme));
    return file;
  });
}

function drawn(rows: readonly Row[], ways: readonly Pick<Way, 'name'>[], theme: 'light' | 'dark'): string {
  const directions = [...new Set(rows.map(({ from, to }) => `${from} -> ${to}`))].sort();
  // Drawn from below.
  const names = ways.map(({ name }) => name).reverse();
  const chart = init(null, theme === 'dark' ? 'dark' : undefined, {
    ...{ renderer: 'svg', ssr: true, width: 900, height: 60 + 60 * names.length },
  });
  chart.setOption({
    animation: false,
    backgroundColor: 'transparent',
    legend: { data: directions },
    grid: { left: 280, right: 30, top: 40, bottom: 50 },
    xAxis: { type: 'log', name: 'downtime, ms', nameLocation: 'middle', nameGap: 30 },
    yAxis: { type: 'category', data: names },
    series: directions.map((direction) => ({
      ...{ name: direction, type: 'boxplot' as const, layout: 'horizontal' },
      data: names.map((name) => {
        const ms = rows
          .filter(({ way, from, to }) => way === name && `${from} -> ${to}` === direction)
          .map(({ gapMs }) => gapMs);
        return quartiles(ms);
      }),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}

/** Least, lower quartile, median, upper quartile, most. */
function quartiles(of: readonly number[]): number[] {
  const sorted = [...of].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? NaN;
  return [at(0), at(0.25), at(0.5), at(0.75), at(1)];
}
