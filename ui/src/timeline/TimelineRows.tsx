/** The rows of the timeline. */
import type { MouseEvent } from 'react';
import { useEffect, useState } from 'react';

import type { RunPart, StepPart, SummaryPart } from '../answers';
import { Button } from '../Button';
import { MetricChips, TagChips } from '../Chips';
import { CodeLines } from '../Code';
import { Icon } from '../Icon';
import type { Part } from '../recipe/lit';
import { StateMark, stateName } from '../StateMark';
import { basename, clock, count, dayName, duration } from '../telling';
import type { Words } from '../words';
import { useWords } from '../words';
import { hasFacts } from './sizes';

export function DayRow({ started }: { started: string }): JSX.Element {
  const words = useWords();
  return (
    <div className="lj-day" role="none">
      {dayName(started, new Date(), words)}
    </div>
  );
}

export function OlderRow(): JSX.Element {
  const words = useWords();
  return (
    <div className="lj-older" role="none">
      {words.__('Older runs are on their way…')}
    </div>
  );
}

/** What the rows can do; `n` is null where the run itself is meant. */
export interface RowDeeds {
  onOpen: (run: string, n: number) => void;
  onToggle: (run: string) => void;
  onExport: (run: string) => void;
  onReplay: (run: string) => void;
  onMenu: (run: string, n: number | null, x: number, y: number) => void;
  thumbnail?: (run: string, n: number) => Promise<string>;
}

interface RunRowProps {
  id: string;
  run: RunPart;
  open: boolean;
  /** Another recipe is shown. */
  faded?: boolean;
  active: boolean;
  showsNotebook: boolean;
  deeds: RowDeeds;
}

export function RunRow(props: RunRowProps): JSX.Element {
  const { run, open, active, deeds } = props;
  const onMenu = (x: number, y: number): void =>
    deeds.onMenu(run.run, null, x, y);
  const words = useWords();
  const spoken = runName(run, props.showsNotebook, words);
  return (
    <div
      id={props.id}
      className="lj-run"
      role="treeitem"
      aria-level={1}
      aria-expanded={open}
      aria-selected={active}
      aria-label={spoken}
      data-active={active}
      data-part={props.faded ? 'out' : undefined}
      onClick={() => deeds.onToggle(run.run)}
      onContextMenu={event => openMenu(event, onMenu)}
    >
      <div className="lj-run-line">
        <Icon
          name="chevron"
          className={open ? 'lj-chevron lj-mod-open' : 'lj-chevron'}
        />
        <span
          className="lj-run-title"
          title={`${spoken}\n${words.__('Run %1', run.run)}`}
        >
          {props.showsNotebook && <b>{notebookName(run, words)}</b>}
          {run.name !== null && <b>{run.name}</b>}
          {run.replay_of !== null && (
            <span className="lj-chip">{words.__('replay')}</span>
          )}
          <span>{when(run, words)}</span>
        </span>
        {run.status === 'running' && (
          <span className="lj-live" title={words.__('The kernel is alive')} />
        )}
        <span className="lj-run-count">
          {run.failed > 0 && (
            <span
              className="lj-failed-count"
              title={words._n(
                '%1 execution failed',
                '%1 executions failed',
                run.failed
              )}
            >
              {count(run.failed)}
            </span>
          )}
          <span
            title={words._n('%1 execution', '%1 executions', run.executions)}
          >
            {count(run.executions)}
          </span>
        </span>
        <span className="lj-run-actions">
          <Button
            icon="replay"
            outOfTabOrder
            label={words.__('Replay this run in a fresh kernel')}
            onClick={() => deeds.onReplay(run.run)}
          />
          <Button
            icon="export"
            outOfTabOrder
            label={words.__('Export this run…')}
            onClick={() => deeds.onExport(run.run)}
          />
          <Button
            icon="menu"
            outOfTabOrder
            hasMenu
            label={words.__('More for this run')}
            onClick={event => onMenu(event.clientX, event.clientY)}
          />
        </span>
      </div>
      {hasFacts(run) && (
        <div className="lj-run-facts">
          <MetricChips metrics={run.metrics} />
          <TagChips tags={run.tags} />
        </div>
      )}
    </div>
  );
}

interface ExecutionRowProps {
  id: string;
  run: string;
  n: number;
  total: number;
  summary: SummaryPart | null | undefined;
  codeLines: number;
  active: boolean;
  part?: Part;
  step?: StepPart;
  stale?: string;
  deeds: RowDeeds;
}

export function ExecutionRow(props: ExecutionRowProps): JSX.Element {
  const { summary, run, n, active, deeds, part, step, stale } = props;
  const onMenu = (x: number, y: number): void => deeds.onMenu(run, n, x, y);
  const words = useWords();
  const frame = {
    id: props.id,
    className: 'lj-execution',
    role: 'treeitem',
    'aria-level': 2,
    'aria-setsize': props.total,
    'aria-posinset': props.total - n + 1,
    'aria-selected': active,
    'data-active': active,
    'data-part': part
  };
  if (!summary) {
    return (
      <div
        {...frame}
        aria-busy={summary === undefined}
        aria-label={joined([
          words.__('Execution %1', n),
          ...standingName(part, step, stale, words)
        ])}
      >
        <span className="lj-number">{n}</span>
        <div className="lj-execution-body">
          {summary === null ? (
            <span className="lj-meta">
              {words.__('Not in the journal any more')}
            </span>
          ) : (
            <span
              className="lj-skeleton"
              style={{ width: `${72 - ((n * 13) % 40)}%` }}
            />
          )}
        </div>
      </div>
    );
  }
  return (
    <div
      {...frame}
      aria-label={joined([
        ...executionName(summary, words),
        ...standingName(part, step, stale, words)
      ])}
      data-status={summary.status}
      onClick={() => deeds.onOpen(run, n)}
      onContextMenu={event => openMenu(event, onMenu)}
    >
      <span className="lj-gutter">
        <StateMark status={summary.status} />
        <span className="lj-number">{n}</span>
      </span>
      <div className="lj-execution-body">
        <CodeLines code={shown(summary.first_lines, props.codeLines, words)} />
        <Meta summary={summary} part={part} step={step} stale={stale} />
      </div>
      {summary.thumbnail && deeds.thumbnail && (
        <Thumbnail run={run} n={n} load={deeds.thumbnail} />
      )}
    </div>
  );
}

interface MetaProps {
  summary: SummaryPart;
  part?: Part;
  step?: StepPart;
  stale?: string;
}

function Meta({ summary, part, step, stale }: MetaProps): JSX.Element {
  const words = useWords();
  const [warning] = summary.warnings;
  return (
    <div className="lj-meta">
      <time dateTime={summary.started}>{clock(summary.started)}</time>
      <Lasting summary={summary} />
      {summary.error && (
        <span className="lj-error" title={summary.error}>
          {summary.error}
        </span>
      )}
      {stale !== undefined && (
        <span className="lj-stale" title={stale}>
          <Icon name="versions" />
        </span>
      )}
      <Needed part={part} step={step} />
      {warning !== undefined && (
        <span
          className="lj-warning"
          title={summary.warnings.join('\n')}
          role="img"
          aria-label={warning}
        >
          <Icon name="warning" />
        </span>
      )}
      {summary.files_count > 0 && (
        <span
          className="lj-files"
          title={words._n(
            '%1 file written',
            '%1 files written',
            summary.files_count
          )}
        >
          <Icon name="file" />
          {summary.files_count}
        </span>
      )}
      <MetricChips metrics={summary.metrics} />
      <TagChips tags={summary.tags} />
    </div>
  );
}

/** What brought an execution into the recipe that is shown. */
function Needed({
  part,
  step
}: Pick<MetaProps, 'part' | 'step'>): JSX.Element | null {
  const words = useWords();
  if (part === 'target') {
    return <span className="lj-chip lj-needed">{words.__('the result')}</span>;
  }
  if (step === undefined || part === undefined || part === 'out') {
    return null;
  }
  const [why = words.__('needed')] = step.why;
  return (
    <span
      className="lj-chip lj-needed"
      data-part={part}
      title={
        part === 'cautious'
          ? words.__(
              'In only because nothing rules out that it matters: %1',
              step.why.join(', ')
            )
          : step.why.join(', ')
      }
    >
      {part === 'cautious' ? words.__('perhaps: %1', why) : why}
    </span>
  );
}

/** How long it took; while it runs, how long it has been running. */
function Lasting({ summary }: { summary: SummaryPart }): JSX.Element | null {
  const words = useWords();
  const running = summary.status === 'running';
  const [now, setNow] = useState<number | null>(null);
  useEffect(() => {
    if (!running) {
      return undefined;
    }
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [running]);
  const since =
    now === null ? null : (now - Date.parse(summary.started)) / 1000;
  const seconds = running ? since : summary.duration_s;
  return seconds === null || !(seconds >= 0) ? null : (
    <span>{duration(seconds, words)}</span>
  );
}

interface ThumbnailProps {
  run: string;
  n: number;
  load: (run: string, n: number) => Promise<string>;
}

function Thumbnail({ run, n, load }: ThumbnailProps): JSX.Element {
  const [address, setAddress] = useState<string>('');
  useEffect(() => {
    let gone = false;
    // What only flies past while scrolling is not fetched.
    const timer = setTimeout(() => {
      void load(run, n).then(found => {
        if (!gone) {
          setAddress(found);
        }
      });
    }, 120);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [run, n, load]);
  return (
    <span className="lj-thumbnail">
      {address !== '' && <img src={address} alt="" />}
    </span>
  );
}

function openMenu(
  event: MouseEvent,
  onMenu: (x: number, y: number) => void
): void {
  event.preventDefault();
  event.stopPropagation();
  onMenu(event.clientX, event.clientY);
}

function shown(code: string, lines: number, words: Words): string {
  return code.trim() === ''
    ? words.__('# nothing but blanks')
    : code.split('\n').slice(0, lines).join('\n');
}

function when(run: RunPart, words: Words): string {
  const start = clock(run.started);
  if (run.status === 'running') {
    return words.__('%1 – now', start);
  }
  return run.ended === null || clock(run.ended) === start
    ? start
    : words.__('%1 – %2', start, clock(run.ended));
}

function notebookName(run: RunPart, words: Words): string {
  return run.notebook === null
    ? words.__('No notebook')
    : basename(run.notebook);
}

function runName(run: RunPart, withNotebook: boolean, words: Words): string {
  const said = [
    run.replay_of === null
      ? words.__('Run')
      : words.__('Replay of %1', run.replay_of),
    withNotebook ? notebookName(run, words) : '',
    run.name ?? '',
    when(run, words),
    words._n('%1 execution', '%1 executions', run.executions),
    run.failed > 0 ? words.__('%1 failed', run.failed) : '',
    run.status === 'running' ? words.__('kernel alive') : ''
  ];
  return said.filter(part => part !== '').join(', ');
}

function executionName(summary: SummaryPart, words: Words): string[] {
  return [
    words.__('Execution %1', summary.n),
    stateName(summary.status, words),
    summary.error ?? '',
    summary.first_lines.split('\n')[0] ?? '',
    clock(summary.started),
    summary.duration_s === null ? '' : duration(summary.duration_s, words),
    ...Object.entries(summary.metrics).map(
      ([name, value]) => `${name} ${value}`
    ),
    ...summary.tags,
    ...summary.warnings
  ];
}

/** The same as colours and chips say, in words. */
function standingName(
  part: Part | undefined,
  step: StepPart | undefined,
  stale: string | undefined,
  words: Words
): string[] {
  const why = step?.why.join(', ') ?? '';
  const names: Record<Part, string> = {
    target: words.__('the result of the recipe'),
    step: words.__('in the recipe: %1', why),
    cautious: words.__('in the recipe from caution: %1', why),
    out: words.__('not in the recipe')
  };
  return [part === undefined ? '' : names[part], stale ?? ''];
}

function joined(said: readonly string[]): string {
  return said.filter(part => part !== '').join(', ');
}
