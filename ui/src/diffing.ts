/** Two pieces of code side by side in one list of lines, and what changed within a line. */
import { diffLines, diffWordsWithSpace } from 'diff';

export interface Piece {
  text: string;
  changed: boolean;
}

export type Line =
  | { kind: 'same' | 'added' | 'removed'; pieces: Piece[] }
  | { kind: 'folded'; lines: string[] };

/** Unchanged lines that are kept around a change. */
const CONTEXT = 3;

export function compare(before: string, after: string): Line[] {
  const lines: Line[] = [];
  const changes = diffLines(ended(before), ended(after));
  changes.forEach((change, index) => {
    const next = changes[index + 1];
    const previous = changes[index - 1];
    const own = split(change.value);
    if (change.removed) {
      const others = next?.added ? split(next.value) : [];
      own.forEach((line, at) =>
        lines.push(changed('removed', line, others[at]))
      );
    } else if (change.added) {
      const others = previous?.removed ? split(previous.value) : [];
      own.forEach((line, at) => lines.push(changed('added', line, others[at])));
    } else {
      lines.push(...unchanged(own, index === 0, index === changes.length - 1));
    }
  });
  return lines;
}

/** Lines that came and lines that went. */
export function tally(
  before: string,
  after: string
): { added: number; removed: number } {
  const answer = { added: 0, removed: 0 };
  for (const change of diffLines(ended(before), ended(after))) {
    answer.added += change.added ? change.count : 0;
    answer.removed += change.removed ? change.count : 0;
  }
  return answer;
}

function changed(
  kind: 'added' | 'removed',
  line: string,
  other: string | undefined
): Line {
  if (other === undefined || line.length + other.length > 2000) {
    return { kind, pieces: [{ text: line, changed: false }] };
  }
  const words =
    kind === 'added'
      ? diffWordsWithSpace(other, line)
      : diffWordsWithSpace(line, other);
  const own = words.filter(word =>
    kind === 'added' ? !word.removed : !word.added
  );
  const pieces = own.map(word => ({
    text: word.value,
    changed: word.added || word.removed
  }));
  const kept = own.filter(word => !word.added && !word.removed);
  const similar = kept.reduce((sum, word) => sum + word.value.trim().length, 0);
  // Two lines with little in common read better as a whole than as crumbs.
  return similar * 3 < line.trim().length
    ? { kind, pieces: [{ text: line, changed: false }] }
    : { kind, pieces };
}

function unchanged(lines: string[], first: boolean, last: boolean): Line[] {
  const head = first ? 0 : CONTEXT;
  const tail = last ? 0 : CONTEXT;
  const same = (line: string): Line => ({
    kind: 'same',
    pieces: [{ text: line, changed: false }]
  });
  if (lines.length <= head + tail + 2) {
    return lines.map(same);
  }
  return [
    ...lines.slice(0, head).map(same),
    { kind: 'folded', lines: lines.slice(head, lines.length - tail) },
    ...lines.slice(lines.length - tail).map(same)
  ];
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

function split(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}
