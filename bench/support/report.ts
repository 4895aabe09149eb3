import Table from 'cli-table3';

/** One measured figure, with what it is held against in the same run. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline?: number;
  /** What is promised: a value, or a ratio to the baseline. */
  readonly target?: { readonly ratio?: number; readonly value?: number; readonly at: 'least' | 'most' };
}

const digits = (value: number) => (Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2));

/** Whether a figure keeps its promise; undefined when it has none. */
export function holds({ value, baseline, target }: Figure): boolean | undefined {
  if (!target) return undefined;
  const measured = target.ratio === undefined ? value : value / baseline!;
  const promised = target.ratio ?? target.value!;
  return target.at === 'least' ? measured >= promised : measured <= promised;
}

export function toTable(figures: readonly Figure[]): string {
  const table = new Table({
    head: ['', 'measured', 'baseline', 'ratio', 'target', ''],
    style: { head: [], border: [] },
  });
  for (const figure of figures) {
    const { name, value, unit, baseline, target } = figure;
    const sign = target?.at === 'least' ? '≥' : '≤';
    const promise = target ? `${sign} ${target.ratio === undefined ? `${target.value} ${unit}` : target.ratio}` : '';
    const kept = holds(figure);
    table.push([
      name,
      `${digits(value)} ${unit}`,
      baseline === undefined ? '' : `${digits(baseline)} ${unit}`,
      baseline === undefined ? '' : (value / baseline).toFixed(2),
      promise,
      kept === undefined ? '' : kept ? 'yes' : 'NO',
    ]);
  }
  return table.toString();
}
