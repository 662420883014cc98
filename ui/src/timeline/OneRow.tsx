/** Any row of the timeline. */
import { memo } from 'react';

import type { StepPart, SummaryPart } from '../answers';
import type { Part } from '../recipe/lit';
import type { Row } from '../rows';
import { idOf } from './keys';
import type { RowDeeds } from './TimelineRows';
import { DayRow, ExecutionRow, OlderRow, RunRow } from './TimelineRows';

interface OneRowProps {
  row: Row;
  active: boolean;
  summary: SummaryPart | null | undefined;
  codeLines: number;
  showsNotebooks: boolean;
  /** Which part it has in the recipe that is shown. */
  part?: Part;
  step?: StepPart;
  /** Why what it shows is no longer so. */
  stale?: string;
  deeds: RowDeeds;
}

/** Drawn again only when what it shows has changed, not while it merely moves. */
export const OneRow = memo(
  function OneRow(props: OneRowProps): JSX.Element {
    const { row, active, deeds } = props;
    switch (row.kind) {
      case 'day':
        return <DayRow started={row.started} />;
      case 'older':
        return <OlderRow />;
      case 'run':
        return (
          <RunRow
            id={idOf(row.key)}
            run={row.run}
            open={row.open}
            faded={props.part === 'out'}
            active={active}
            showsNotebook={props.showsNotebooks}
            deeds={deeds}
          />
        );
      case 'execution':
        return (
          <ExecutionRow
            id={idOf(row.key)}
            run={row.run.run}
            n={row.n}
            total={row.run.executions}
            summary={props.summary}
            codeLines={props.codeLines}
            active={active}
            part={props.part}
            step={props.step}
            stale={props.stale}
            deeds={deeds}
          />
        );
    }
  },
  (before, now) =>
    before.row.key === now.row.key &&
    before.active === now.active &&
    before.summary === now.summary &&
    before.codeLines === now.codeLines &&
    before.part === now.part &&
    before.step === now.step &&
    before.stale === now.stale &&
    before.showsNotebooks === now.showsNotebooks &&
    before.deeds === now.deeds &&
    sameRun(before.row, now.row)
);

/** For an execution the run matters only by its length; a run's own row shows everything of it. */
function sameRun(before: Row, now: Row): boolean {
  if (before.kind === 'run' && now.kind === 'run') {
    return before.run === now.run && before.open === now.open;
  }
  if (before.kind === 'execution' && now.kind === 'execution') {
    return before.run.executions === now.run.executions;
  }
  return before.kind === now.kind;
}
