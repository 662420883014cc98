/** The table of results with all that belongs to it: filters, columns, what differs between the chosen ones, charts. */
import { useCallback, useMemo, useState } from 'react';
import type { FormEvent } from 'react';

import { Button } from '../Button';
import type { EvidenceDeeds } from '../changes/Causes';
import { Icon } from '../Icon';
import type { Loaded } from '../loaded';
import type { DiffAnswer } from '../origins';
import { Empty, Failed, Loading, Missing } from '../States';
import { basename, count } from '../telling';
import { useWords } from '../words';
import type { ResultPart, ResultsTable as Table } from './answers';
import { ChartPane } from './chart/ChartPane';
import { ColumnChooser } from './ColumnChooser';
import type { ResultColumn } from './columns';
import { columnsOf, ownTags } from './columns';
import { Comparison } from './Comparison';
import { FilterPanel } from './FilterPanel';
import type { RowDeeds } from './ResultRow';
import { ResultsTable } from './ResultsTable';
import type { Pane, ResultsView as View } from './view';
import { isFiltered, unfiltered } from './view';

/** Results of the notebook in front, of all, or of one that is named by its server path. */
export type Scope = 'front' | 'all' | { notebook: string };

export interface ResultsViewProps extends Pick<
  RowDeeds,
  | 'onOpen'
  | 'onGoToCell'
  | 'onWhy'
  | 'onNotebook'
  | 'onMenu'
  | 'onStar'
  | 'thumbnail'
> {
  table: Loaded<Table>;
  view: View;
  onView: (view: View) => void;
  scope: Scope;
  /** The notebook in front, null where none is. */
  front: string | null;
  /** Notebooks of which results are known, by their server paths. */
  notebooks: readonly string[];
  onScope: (scope: Scope) => void;
  doubtful: boolean;
  onDoubtful: (on: boolean) => void;
  diff: Loaded<DiffAnswer>;
  onCompare: (a: string, b: string) => void;
  /** Leads from a cause to what it stands on. */
  evidence?: EvidenceDeeds;
  onTag: (addresses: readonly string[], tags: string[]) => void;
  onRetry: () => void;
  /** Why the last deed failed, '' where it did not. */
  problem: string;
  /** Shows the table with more room; absent where it has that already. */
  onWiden?: () => void;
  focusRequest: number;
}

export function ResultsView(props: ResultsViewProps): JSX.Element {
  const { table } = props;
  return (
    <div className="lj-results">
      {table.state === 'ready' ? (
        <Known {...props} table={table.answer} />
      ) : (
        <>
          <div className="lj-results-bar">
            <ScopeChoice {...props} />
          </div>
          {table.state === 'loading' ? (
            <Loading lines={8} />
          ) : table.state === 'missing' ? (
            <Missing retry={props.onRetry} />
          ) : (
            <Failed message={table.message} retry={props.onRetry} />
          )}
        </>
      )}
    </div>
  );
}

function Known(
  props: Omit<ResultsViewProps, 'table'> & { table: Table }
): JSX.Element {
  const { table, view, onView } = props;
  const { best } = view;
  const words = useWords();
  const [open, setOpen] = useState<'filters' | 'columns' | null>(null);
  const columns = useMemo(
    () => columnsOf(table, { best }, words),
    [table, best, words]
  );
  const tags = useMemo(() => tagsOf(table.rows), [table.rows]);
  const chosen = useMemo(() => {
    const rows = new Map(table.rows.map(row => [row.address, row]));
    return view.selected.flatMap(address => rows.get(address) ?? []);
  }, [table.rows, view.selected]);
  const toggle = (which: 'filters' | 'columns'): void =>
    setOpen(open === which ? null : which);
  if (table.rows.length === 0 && !table.growing) {
    return (
      <>
        <div className="lj-results-bar">
          <ScopeChoice {...props} />
        </div>
        <Empty icon="metric" title={words.__('No results yet')}>
          {words.__(
            'A cell that yields a metric, a model, a figure or a file stands here by itself, with its parameters. Nothing has to be logged.'
          )}
        </Empty>
      </>
    );
  }
  return (
    <>
      <div
        className="lj-results-bar"
        role="toolbar"
        aria-label={words.__('Results')}
      >
        <ScopeChoice {...props} />
        <label className="lj-results-find">
          <Icon name="search" />
          <input
            type="search"
            value={view.filters.text}
            aria-label={words.__('Filter results')}
            placeholder={words.__('Filter: name, parameter, file, tag')}
            spellCheck={false}
            onChange={event =>
              onView({
                ...view,
                filters: { ...view.filters, text: event.target.value }
              })
            }
            onKeyDown={event => {
              if (event.key === 'Escape' && view.filters.text !== '') {
                event.stopPropagation();
                onView({ ...view, filters: { ...view.filters, text: '' } });
              }
            }}
          />
        </label>
        <span className="lj-results-tools">
          <Button
            icon="star"
            label={words.__('Starred only')}
            pressed={view.filters.starred}
            onClick={() =>
              onView({
                ...view,
                filters: { ...view.filters, starred: !view.filters.starred }
              })
            }
          />
          <Button
            icon="filter"
            label={words.__('More filters')}
            pressed={open === 'filters'}
            onClick={() => toggle('filters')}
          />
          <Button
            icon="columns"
            label={words.__('Choose columns')}
            pressed={open === 'columns'}
            onClick={() => toggle('columns')}
          />
          <Button
            icon="chart"
            label={words.__('Chart')}
            pressed={view.pane === 'chart'}
            onClick={() => onView({ ...view, pane: other(view.pane, 'chart') })}
          />
          {props.onWiden !== undefined && (
            <Button
              icon="wide"
              label={words.__('Show in a tab of its own')}
              onClick={props.onWiden}
            />
          )}
        </span>
      </div>
      {open === 'filters' && (
        <FilterPanel
          filters={view.filters}
          tags={tags}
          metrics={table.metrics}
          onFilters={filters => onView({ ...view, filters })}
        />
      )}
      {open === 'columns' && (
        <ColumnChooser
          columns={columns}
          view={view}
          onView={onView}
          doubtful={props.doubtful}
          onDoubtful={props.onDoubtful}
        />
      )}
      {props.problem !== '' && (
        <p className="lj-results-problem" role="alert">
          {props.problem}
        </p>
      )}
      {chosen.length > 0 && <ChosenBar {...props} chosen={chosen} />}
      <Shown {...props} columns={columns} chosen={chosen} />
    </>
  );
}

interface ShownProps extends Omit<ResultsViewProps, 'table'> {
  table: Table;
  columns: readonly ResultColumn[];
  chosen: readonly ResultPart[];
}

/** The table, and below it how much of it is shown, and what is asked about the chosen ones. */
function Shown(props: ShownProps): JSX.Element {
  const { table, view, onView, chosen, columns } = props;
  const words = useWords();
  const marked = useMemo(
    () => new Set(chosen.map(row => row.address)),
    [chosen]
  );
  const below = useCallback(
    (shown: readonly ResultPart[]): JSX.Element => (
      <Extent
        shown={shown.length}
        table={table}
        filtered={isFiltered(view.filters)}
        onAll={() => onView(unfiltered(view))}
      />
    ),
    [table, view, onView]
  );
  const pane =
    view.pane === 'differences' && chosen.length < 2 ? null : view.pane;
  return (
    <ResultsTable
      rows={table.rows}
      columns={columns}
      view={view}
      onView={onView}
      showsNotebooks={props.scope === 'all' || props.front === null}
      focusRequest={props.focusRequest}
      onOpen={props.onOpen}
      onGoToCell={props.onGoToCell}
      onWhy={props.onWhy}
      onNotebook={props.onNotebook}
      onMenu={props.onMenu}
      onStar={props.onStar}
      thumbnail={props.thumbnail}
    >
      {shown => (
        <>
          {below(shown)}
          {pane !== null && (
            <section
              className="lj-results-pane"
              aria-label={
                pane === 'chart'
                  ? words.__('Chart of results')
                  : words.__('What differs')
              }
            >
              <header>
                <h3>
                  {pane === 'chart'
                    ? chosen.length > 1
                      ? words.__('Chart of %1 chosen results', chosen.length)
                      : words._n(
                          'Chart of %1 result',
                          'Chart of %1 results',
                          shown.length
                        )
                    : words.__(
                        'What differs between %1 results',
                        chosen.length
                      )}
                </h3>
                <Button
                  icon="close"
                  label={words.__('Close')}
                  onClick={() => onView({ ...view, pane: null })}
                />
              </header>
              {pane === 'chart' ? (
                <ChartPane
                  rows={chosen.length > 1 ? chosen : shown}
                  columns={columns}
                  chosen={chosen.length > 1 ? NONE : marked}
                  choice={view.chart}
                  onChoice={chart => onView({ ...view, chart })}
                  onOpen={props.onOpen}
                />
              ) : (
                <Comparison
                  rows={chosen}
                  columns={columns}
                  diff={props.diff}
                  onCompare={props.onCompare}
                  onOpen={props.onOpen}
                  evidence={props.evidence}
                  picture={props.thumbnail}
                />
              )}
            </section>
          )}
        </>
      )}
    </ResultsTable>
  );
}

const NONE: ReadonlySet<string> = new Set();

function Extent({
  shown,
  table,
  filtered,
  onAll
}: {
  shown: number;
  table: Table;
  filtered: boolean;
  onAll: () => void;
}): JSX.Element {
  const words = useWords();
  const known = table.rows.length;
  return (
    <p className="lj-results-extent">
      <span role="status">
        {filtered
          ? words.__('%1 of %2 results', count(shown), count(known))
          : known === 1
            ? words.__('1 result')
            : words.__('%1 results', count(known))}
        {table.growing &&
          ` · ${words.__('%1 more on their way', count(table.total - known))}`}
        {!table.growing &&
          table.total > known &&
          ` · ${words.__('of %1; a narrower filter finds the others', count(table.total))}`}
      </span>
      {filtered && (
        <button type="button" className="lj-link" onClick={onAll}>
          {words.__('Show all')}
        </button>
      )}
    </p>
  );
}

function ScopeChoice({
  scope,
  front,
  notebooks,
  onScope
}: Pick<
  ResultsViewProps,
  'scope' | 'front' | 'notebooks' | 'onScope'
>): JSX.Element {
  const words = useWords();
  const value = typeof scope === 'string' ? scope : `:${scope.notebook}`;
  return (
    <select
      className="lj-results-scope"
      value={scope === 'front' && front === null ? 'all' : value}
      aria-label={words.__('Which notebook')}
      onChange={({ target }) =>
        onScope(
          target.value === 'front' || target.value === 'all'
            ? target.value
            : { notebook: target.value.slice(1) }
        )
      }
    >
      {front !== null && (
        <option value="front">{words.__('This notebook')}</option>
      )}
      <option value="all">{words.__('All notebooks')}</option>
      {notebooks.map(path => (
        <option key={path} value={`:${path}`} title={path}>
          {basename(path)}
        </option>
      ))}
    </select>
  );
}

/** What can be done with the chosen rows. */
function ChosenBar({
  chosen,
  view,
  onView,
  onTag
}: Pick<ResultsViewProps, 'view' | 'onView' | 'onTag'> & {
  chosen: readonly ResultPart[];
}): JSX.Element {
  const words = useWords();
  const [text, setText] = useState('');
  const tag = (event: FormEvent): void => {
    event.preventDefault();
    const tags = text
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== '');
    if (tags.length > 0) {
      onTag(
        chosen.map(row => row.address),
        tags
      );
      setText('');
    }
  };
  const show = (pane: Pane): void =>
    onView({ ...view, pane: other(view.pane, pane) });
  return (
    <div
      className="lj-results-chosen"
      role="group"
      aria-label={words.__('Chosen results')}
    >
      <span role="status">{words.__('%1 chosen', chosen.length)}</span>
      <Button
        icon="compare"
        label={
          chosen.length < 2
            ? words.__('Choose two or more to compare')
            : words.__('What differs')
        }
        pressed={view.pane === 'differences' && chosen.length > 1}
        disabled={chosen.length < 2}
        onClick={() => show('differences')}
      >
        {words.__('Compare')}
      </Button>
      <form onSubmit={tag}>
        <input
          value={text}
          aria-label={words.__('Tag the chosen results')}
          placeholder={words.__('Add a tag')}
          onChange={event => setText(event.target.value)}
        />
      </form>
      <button
        type="button"
        className="lj-link"
        onClick={() => onView({ ...view, selected: [] })}
      >
        {words.__('Choose none')}
      </button>
    </div>
  );
}

function other(shown: Pane | null, pane: Pane): Pane | null {
  return shown === pane ? null : pane;
}

function tagsOf(rows: readonly ResultPart[]): string[] {
  const tags = new Set<string>();
  for (const row of rows) {
    ownTags(row).forEach(tag => tags.add(tag));
  }
  return [...tags].sort((a, b) => a.localeCompare(b));
}
