import { init } from 'echarts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../../src/dev/paths';
import type { Row } from './rows';
import { directionOf, sizesOf } from './table';
import type { Way } from './ways';

type Named = Pick<Way, 'name'>;

/**
 * Draws the downtimes as boxes (least, quartiles, most), for each size of the state, for a light page and for a dark one.
 * Returns the files.
 */
export function plot(rows: readonly Row[], ways: readonly Named[]): string[] {
  return sizesOf(rows).flatMap((stateMb) =>
    (['light', 'dark'] as const).map((theme) => {
      const name = stateMb === 0 ? `downtime-${theme}.svg` : `downtime-${stateMb}mb-${theme}.svg`;
      const file = join(projectDir, 'docs', 'images', name);
      const ofSize = rows.filter((row) => row.stateMb === stateMb);
      writeFileSync(file, drawn(ofSize, ways, theme));
      return file;
    }),
  );
}

function drawn(rows: readonly Row[], ways: readonly Named[], theme: 'light' | 'dark'): string {
  const directions = [...new Set(rows.map(directionOf))].sort();
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
        const mine = rows.filter((row) => row.way === name && directionOf(row) === direction);
        return quartiles(mine.map(({ gapMs }) => gapMs));
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
