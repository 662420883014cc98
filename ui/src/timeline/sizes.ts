/** Heights of rows in pixels: known before a row is drawn, so that the list never jumps. They agree with timeline.css. */
import type { RunPart, SummaryPart } from '../answers';
import type { Row } from '../rows';

const LINE = 18;

export function hasFacts(run: RunPart): boolean {
  return run.tags.length > 0 || Object.keys(run.metrics).length > 0;
}

/** Lines of code a row shows; two are expected of a row that is not known yet. */
export function codeLines(
  summary: SummaryPart | null | undefined,
  most: number
): number {
  return Math.min(most, summary ? summary.first_lines.split('\n').length : 2);
}

export function rowHeight(
  row: Row,
  summary: SummaryPart | null | undefined,
  mostLines: number
): number {
  switch (row.kind) {
    case 'day':
      return 36;
    case 'run':
      return hasFacts(row.run) ? 56 : 36;
    case 'execution':
      return LINE * (codeLines(summary, mostLines) + 1) + 13;
    case 'older':
      return 44;
  }
}
