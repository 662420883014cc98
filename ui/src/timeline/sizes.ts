/** Heights of rows in pixels: known before a row is drawn, so that the list never jumps. They agree with timeline.css. */
import type { RunPart, SummaryPart } from '../answers';
import type { Row, Rows } from '../rows';

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

/** The height of every row, in order. */
export function heights(
  rows: Rows,
  summaryOf: (run: string, n: number) => SummaryPart | null | undefined,
  mostLines: number
): Uint16Array {
  const answer = new Uint16Array(rows.length);
  let index = 0;
  rows.visit(
    row => {
      answer[index++] = headHeight(row);
    },
    (run, n) => {
      answer[index++] =
        LINE * (codeLines(summaryOf(run, n), mostLines) + 1) + 13;
    }
  );
  return answer;
}

function headHeight(row: Row): number {
  switch (row.kind) {
    case 'run':
      return hasFacts(row.run) ? 56 : 36;
    case 'older':
      return 44;
    default:
      return 36;
  }
}
