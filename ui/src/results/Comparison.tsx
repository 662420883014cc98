/** What differs between results: parameters and metrics side by side, then data and code of two of them. */
import { useEffect, useMemo, useState } from 'react';

import type { Num } from '../answers';
import type { EvidenceDeeds } from '../changes/Causes';
import { Difference } from '../changes/Difference';
import type { Picture } from '../changes/Pictures';
import type { Loaded } from '../loaded';
import type { DiffAnswer } from '../origins';
import { Failed, Loading } from '../States';
import { short } from '../telling';
import type { Words } from '../words';
import { useWords } from '../words';
import type { ResultPart } from './answers';
import type { ResultColumn } from './columns';
import { bests, modelName, spokenIn } from './columns';
import type { Value } from './values';
import { cut, delta, whole } from './values';

export interface ComparisonProps {
  /** In the order in which they were chosen. */
  rows: readonly ResultPart[];
  columns: readonly ResultColumn[];
  /** What differs between the two that were asked for last. */
  diff: Loaded<DiffAnswer>;
  onCompare: (a: string, b: string) => void;
  onOpen: (row: ResultPart) => void;
  /** Leads from a cause to what it stands on. */
  evidence?: EvidenceDeeds;
  /** Fetches what an execution showed; absent where pictures are not shown. */
  picture?: Picture;
}

/** Side by side nobody reads more. */
const SIDES = 12;
const LINES = 200;

export function Comparison(props: ComparisonProps): JSX.Element {
  const { rows, columns, onOpen } = props;
  const words = useWords();
  const sides = rows.slice(0, SIDES);
  const differing = useMemo(
    () => differences(sides, columns),
    [sides, columns]
  );
  return (
    <div className="lj-compare">
      {rows.length > SIDES && (
        <p className="lj-faint">
          {words.__(
            'The first %1 of %2 are shown side by side.',
            SIDES,
            rows.length
          )}
        </p>
      )}
      <div className="lj-compare-sides">
        <table>
          <caption className="lj-hidden">
            {words.__('What differs between the chosen results')}
          </caption>
          <thead>
            <tr>
              <td />
              {sides.map(row => (
                <th key={row.address} scope="col">
                  <button
                    type="button"
                    className="lj-link"
                    title={cut(row.first_lines, 2000)}
                    onClick={() => onOpen(row)}
                  >
                    {cut(row.name ?? row.address, 40)}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <Group
            name={words.__('Parameters')}
            kind="parameter"
            sides={sides}
            columns={differing}
          />
          <Group
            name={words.__('Metrics')}
            kind="metric"
            sides={sides}
            columns={differing}
          />
          <Group
            name={words.__('Also')}
            kind="fact"
            sides={sides}
            columns={differing}
          />
        </table>
      </div>
      <Two {...props} />
    </div>
  );
}

function Group({
  name,
  kind,
  sides,
  columns
}: {
  name: string;
  kind: ResultColumn['kind'];
  sides: readonly ResultPart[];
  columns: readonly ResultColumn[];
}): JSX.Element {
  const words = useWords();
  const own = columns.filter(column => column.kind === kind).slice(0, LINES);
  const best = useMemo(() => bests(sides, own), [sides, own]);
  return (
    <tbody>
      <tr className="lj-compare-group">
        <th scope="rowgroup" colSpan={sides.length + 1}>
          {name}
          {own.length === 0 && (
            <span className="lj-faint"> · {words.__('no difference')}</span>
          )}
        </th>
      </tr>
      {own.map(column => (
        <tr key={column.id}>
          <th scope="row" title={cut(column.name, 2000)}>
            {cut(column.name, 60)}
          </th>
          {sides.map((row, index) => {
            const value = column.read(row);
            const first = sides[0];
            return (
              <td
                key={row.address}
                data-best={best.get(column.id) === row.address || undefined}
                title={whole(value)}
              >
                {value === undefined ? '–' : spokenIn(column, value, words)}
                {kind === 'metric' && index > 0 && first !== undefined && (
                  <Delta a={column.read(first)} b={value} />
                )}
              </td>
            );
          })}
        </tr>
      ))}
    </tbody>
  );
}

function Delta({ a, b }: { a: Value; b: Value }): JSX.Element | null {
  const difference = delta(a as Num | undefined, b as Num | undefined);
  return difference === null || difference === 0 ? null : (
    <span className="lj-compare-delta">
      {difference > 0 ? '+' : '−'}
      {short(Math.abs(difference))}
    </span>
  );
}

/** Facts that say nothing about what was done differently. */
const ONLY_NATURAL = new Set(['fact:started', 'fact:tags', 'fact:figures']);

/** Columns in which these results differ. */
export function differences(
  rows: readonly ResultPart[],
  columns: readonly ResultColumn[]
): ResultColumn[] {
  return columns.filter(column => {
    if (ONLY_NATURAL.has(column.id) || column.kind === 'curve') {
      return false;
    }
    const values = new Set(
      rows.map(row => JSON.stringify(column.read(row) ?? null))
    );
    return values.size > 1;
  });
}

/** Data, code and surroundings: of two results at a time. */
function Two({
  rows,
  diff,
  onCompare,
  evidence,
  picture
}: ComparisonProps): JSX.Element | null {
  const words = useWords();
  const [chosen, setChosen] = useState<[string, string] | null>(null);
  const [first, second] = rows;
  const there = (address: string | undefined): boolean =>
    rows.some(row => row.address === address);
  const a = there(chosen?.[0]) ? chosen?.[0] : first?.address;
  const b =
    there(chosen?.[1]) && chosen?.[1] !== a
      ? chosen?.[1]
      : (second?.address === a ? first : second)?.address;
  useEffect(() => {
    if (a !== undefined && b !== undefined) {
      onCompare(a, b);
    }
  }, [a, b, onCompare]);
  if (a === undefined || b === undefined) {
    return null;
  }
  return (
    <section className="lj-compare-two" aria-label={words.__('Code and data')}>
      {rows.length > 2 && (
        <div className="lj-results-fields">
          <Choice
            label={words.__('From')}
            value={a}
            rows={rows}
            onChoose={other => setChosen([other, other === b ? a : b])}
          />
          <Choice
            label={words.__('To')}
            value={b}
            rows={rows}
            onChoose={other => setChosen([other === a ? b : a, other])}
          />
        </div>
      )}
      {diff.state === 'ready' ? (
        <Difference
          answer={diff.answer}
          evidence={evidence}
          picture={picture}
          also={models(rows, diff.answer, words)}
        />
      ) : diff.state === 'loading' ? (
        <Loading lines={4} />
      ) : (
        <Failed
          message={
            diff.state === 'failed'
              ? diff.message
              : words.__('The server does not know the journal')
          }
          retry={() => onCompare(a, b)}
        />
      )}
    </section>
  );
}

function Choice({
  label,
  value,
  rows,
  onChoose
}: {
  label: string;
  value: string;
  rows: readonly ResultPart[];
  onChoose: (address: string) => void;
}): JSX.Element {
  return (
    <label>
      {label}
      <select value={value} onChange={event => onChoose(event.target.value)}>
        {rows.slice(0, LINES).map(row => (
          <option key={row.address} value={row.address}>
            {cut(row.name ?? row.address, 60)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Whether a model was only fitted again, or is another one. */
function models(
  rows: readonly ResultPart[],
  { a, b }: DiffAnswer,
  words: Words
): string {
  const of = (address: string) =>
    rows.find(row => row.address === address)?.models[0];
  const [one, other] = [of(a), of(b)];
  if (one === undefined || other === undefined) {
    return '';
  }
  return one.recipe === other.recipe
    ? words.__('Retrained: %1 with the same settings.', modelName(other))
    : modelName(one) === modelName(other)
      ? words.__('Redesigned: %1 with other settings.', modelName(other))
      : words.__(
          'Redesigned: %1 in place of %2.',
          modelName(other),
          modelName(one)
        );
}
