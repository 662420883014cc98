/** A row of the table: which result it is, then what stands in the columns that are in sight. */
import type { CSSProperties } from 'react';
import { memo, useEffect, useState } from 'react';

import { Button } from '../Button';
import { TagChips } from '../Chips';
import { Icon } from '../Icon';
import { StateMark } from '../StateMark';
import { basename, clock, dayKey, moment } from '../telling';
import type { Words } from '../words';
import { useWords } from '../words';
import type { ResultPart } from './answers';
import type { ResultColumn } from './columns';
import { curveOf, ownTags, spokenIn } from './columns';
import type { CellPlace } from './HeaderRow';
import type { Place } from './keys';
import { cellId } from './keys';
import { Sparkline } from './Sparkline';
import { cut, whole } from './values';

export interface RowDeeds {
  onOpen: (row: ResultPart) => void;
  onGoToCell: (row: ResultPart) => void;
  onWhy: (row: ResultPart) => void;
  /** A clean notebook with only what the result needs; absent where it is not offered. */
  onNotebook?: (row: ResultPart) => void;
  onMenu: (row: ResultPart, x: number, y: number) => void;
  onStar: (row: ResultPart) => void;
  onPin: (row: ResultPart) => void;
  onSelect: (row: ResultPart) => void;
  onActive: (place: Place) => void;
  /** The address of a picture of what the execution showed; absent where no pictures are wanted. */
  thumbnail?: (run: string, n: number) => Promise<string>;
}

interface ResultRowProps {
  grid: string;
  row: ResultPart;
  /** The number of the row in the grid; the header is 0. */
  index: number;
  top: number;
  width: number;
  lead: number;
  /** The notebook's name belongs to each row where several are shown. */
  showsNotebook: boolean;
  /** Stands below the headings, whatever is scrolled. */
  fixed: boolean;
  cells: readonly CellPlace[];
  best: ReadonlyMap<string, string>;
  /** The active column, null where another row is active. */
  active: number | null;
  selected: boolean;
  pinned: boolean;
  deeds: RowDeeds;
}

export const ResultRow = memo(function ResultRow(
  props: ResultRowProps
): JSX.Element {
  const { grid, row, index, active, selected, deeds } = props;
  const place: CSSProperties = props.fixed
    ? { width: props.width }
    : { width: props.width, transform: `translateY(${props.top}px)` };
  return (
    <div
      role="row"
      className={`lj-result${props.fixed ? ' lj-mod-fixed' : ''}`}
      aria-rowindex={index + 1}
      aria-selected={selected}
      data-active={active !== null || undefined}
      style={place}
      onDoubleClick={() => deeds.onOpen(row)}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        deeds.onMenu(row, event.clientX, event.clientY);
      }}
    >
      <Lead {...props} />
      {props.cells.map(
        ({ index: column, column: shown, left, width }) =>
          shown !== undefined && (
            <div
              key={shown.id}
              role="gridcell"
              id={cellId(grid, { row: index, column: column + 1 })}
              className="lj-result-cell"
              data-kind={shown.kind}
              data-active={active === column + 1 || undefined}
              aria-colindex={column + 2}
              style={{ left, width }}
              onClick={() => deeds.onActive({ row: index, column: column + 1 })}
            >
              <Content
                row={row}
                column={shown}
                best={props.best.get(shown.id) === row.address}
              />
            </div>
          )
      )}
    </div>
  );
});

/** Which result it is, and what can be done with it. */
function Lead(props: ResultRowProps): JSX.Element {
  const { grid, row, index, lead, active, selected, pinned, deeds } = props;
  const words = useWords();
  const title = titleOf(row, words);
  const times = timesOf(row, words);
  return (
    <div
      role="rowheader"
      id={cellId(grid, { row: index, column: 0 })}
      className="lj-result-lead lj-results-lead"
      aria-colindex={1}
      aria-label={labelOf(row, title, times.full, pinned, words)}
      data-active={active === 0 || undefined}
      style={{ width: lead }}
      onClick={() => deeds.onActive({ row: index, column: 0 })}
    >
      <input
        type="checkbox"
        checked={selected}
        tabIndex={-1}
        aria-label={words.__('Choose %1 to compare', row.address)}
        onChange={() => deeds.onSelect(row)}
        onDoubleClick={event => event.stopPropagation()}
      />
      <button
        type="button"
        className="lj-star"
        tabIndex={-1}
        aria-pressed={row.star}
        aria-label={
          row.star
            ? words.__('Take the star from %1', row.address)
            : words.__('Star %1', row.address)
        }
        title={row.star ? words.__('Take the star away') : words.__('Star')}
        onClick={() => deeds.onStar(row)}
        onDoubleClick={event => event.stopPropagation()}
      >
        <Icon name="star" />
      </button>
      <span className="lj-result-name">
        <button
          type="button"
          className="lj-result-title"
          tabIndex={-1}
          title={cut(row.first_lines, 2000)}
          data-code={row.name === null || undefined}
          onClick={() => {
            deeds.onActive({ row: index, column: 0 });
            deeds.onOpen(row);
          }}
        >
          {title}
        </button>
        <span
          className="lj-result-when"
          title={`${times.full} · ${row.address}`}
        >
          {row.status !== 'ok' && <StateMark status={row.status} />}
          {times.brief} · {row.address}
          {row.replay_of !== null && ` · ${words.__('replay')}`}
          {props.showsNotebook &&
            lead > 200 &&
            row.notebook !== null &&
            ` · ${cut(basename(row.notebook), 60)}`}
        </span>
      </span>
      {row.thumbnail && deeds.thumbnail !== undefined && lead > 200 && (
        <Thumbnail row={row} thumbnail={deeds.thumbnail} />
      )}
      <span className="lj-result-actions">
        {lead > 200 && (
          <>
            <Button
              icon="pin"
              label={
                pinned
                  ? words.__('Unpin %1', row.address)
                  : words.__('Pin %1 on top', row.address)
              }
              pressed={pinned}
              outOfTabOrder
              onClick={() => deeds.onPin(row)}
            />
            <Button
              icon="goto"
              label={words.__('Go to the cell of %1', row.address)}
              outOfTabOrder
              onClick={() => deeds.onGoToCell(row)}
            />
            <Button
              icon="origin"
              label={words.__('Where does %1 come from?', row.address)}
              outOfTabOrder
              onClick={() => deeds.onWhy(row)}
            />
            {deeds.onNotebook && (
              <Button
                icon="notebook"
                label={words.__('Notebook for %1', row.address)}
                outOfTabOrder
                onClick={() => deeds.onNotebook?.(row)}
              />
            )}
          </>
        )}
        <Button
          icon="menu"
          label={words.__('Menu of %1', row.address)}
          hasMenu
          outOfTabOrder
          onClick={event => {
            const { left, bottom } =
              event.currentTarget.getBoundingClientRect();
            deeds.onMenu(row, left, bottom);
          }}
        />
      </span>
      {pinned && <Icon name="pin" className="lj-result-pin" />}
    </div>
  );
}

function Content({
  row,
  column,
  best
}: {
  row: ResultPart;
  column: ResultColumn;
  best: boolean;
}): JSX.Element | null {
  const words = useWords();
  const value = column.read(row);
  if (column.id === 'fact:tags') {
    return (
      <TagChips
        tags={ownTags(row)
          .slice(0, 20)
          .map(tag => cut(tag, 60))}
      />
    );
  }
  if (value === undefined) {
    return <span className="lj-result-none">–</span>;
  }
  const curve =
    column.kind === 'metric' || column.kind === 'curve'
      ? curveOf(row, column.name)
      : undefined;
  return (
    <>
      {curve !== undefined && <Sparkline series={curve} />}
      <span
        className="lj-result-value"
        data-best={best || undefined}
        data-kind={typeof value}
        title={titleOfValue(row, column, whole(value), words)}
      >
        {spokenIn(column, value, words)}
        {column.unit !== '' && (
          <span className="lj-result-unit"> {cut(column.unit, 20)}</span>
        )}
        {best && <span className="lj-hidden">, {words.__('the best')}</span>}
      </span>
    </>
  );
}

function titleOfValue(
  row: ResultPart,
  { kind, name }: ResultColumn,
  text: string,
  words: Words
): string {
  const measure =
    kind === 'metric'
      ? row.measures.find(candidate => candidate.name === name)
      : undefined;
  if (measure === undefined) {
    return text;
  }
  const facts = [
    `${cut(name, 200)} = ${text}`,
    sourceOf(measure.source, words),
    measure.confidence < 0.8 ? words.__('not certain to be a metric') : '',
    measure.numbers > 1
      ? words.__('%1 numbers, this one counts', measure.numbers)
      : '',
    measure.step === null ? '' : words.__('step %1', measure.step)
  ];
  return facts.filter(fact => fact !== '').join(' · ');
}

function sourceOf(source: string, words: Words): string {
  const told: Record<string, string> = {
    explicit: words.__('logged'),
    tracker: words.__('sent to a tracker'),
    returned: words.__('returned by a metric function'),
    fitted: words.__('told by a fitted model'),
    bound: words.__('bound to a name'),
    printed: words.__('printed'),
    shown: words.__('shown')
  };
  return Object.hasOwn(told, source) ? (told[source] ?? '') : cut(source, 40);
}

function titleOf(row: ResultPart, words: Words): string {
  const [line = ''] = row.first_lines.split('\n');
  return cut(row.name ?? (line.trim() || words.__('(empty cell)')), 120);
}

function labelOf(
  row: ResultPart,
  title: string,
  time: string,
  pinned: boolean,
  words: Words
): string {
  return [
    title,
    time,
    row.address,
    row.star ? words.__('starred') : '',
    pinned ? words.__('pinned') : '',
    row.replay_of !== null ? words.__('replay') : ''
  ]
    .filter(part => part !== '')
    .join(', ');
}

interface Times {
  day: string;
  /** The time of today, else the day. */
  brief: string;
  full: string;
}

const known = new WeakMap<ResultPart, Times>();

/** When it was, said once for each row: saying a date takes longer than drawing it. */
function timesOf(row: ResultPart, words: Words): Times {
  const now = new Date();
  const day = dayKey(now.toISOString());
  const before = known.get(row);
  if (before?.day === day) {
    return before;
  }
  const date = new Date(row.started);
  const brief = Number.isNaN(date.getTime())
    ? cut(row.started, 30)
    : dayKey(row.started) === day
      ? clock(row.started)
      : date.toLocaleDateString([], { day: 'numeric', month: 'short' });
  const times = { day, brief, full: cut(moment(row.started, now, words), 80) };
  known.set(row, times);
  return times;
}

function Thumbnail({
  row,
  thumbnail
}: {
  row: ResultPart;
  thumbnail: (run: string, n: number) => Promise<string>;
}): JSX.Element {
  const words = useWords();
  const [address, setAddress] = useState('');
  const { run, n } = row;
  useEffect(() => {
    let wanted = true;
    void thumbnail(run, n).then(found => {
      if (wanted) {
        setAddress(found);
      }
    });
    return () => {
      wanted = false;
    };
  }, [run, n, thumbnail]);
  const [figure] = row.figures;
  const about = figure?.title || words.__('Figure of %1', row.address);
  return (
    <span className="lj-result-picture">
      {address !== '' && (
        <img src={address} alt={cut(about)} title={cut(about)} />
      )}
    </span>
  );
}
