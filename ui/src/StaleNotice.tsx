/** Whether the notebook would still run from top to bottom, and what on screen is no longer so: one quiet line, which opens. */
import { useId, useState } from 'react';

import type { CheckProblem } from './answers';
import { Button } from './Button';
import { Icon } from './Icon';
import type { Words } from './words';
import { useWords } from './words';

/** Where running all would stop. What failed on screen is seen without us. */
const STOPS = new Set([
  'not defined',
  'defined only later',
  'deleted before',
  'not Python',
  'file missing'
]);

interface StaleNoticeProps {
  problems: readonly CheckProblem[];
  /** The cell that is being edited, which is edited of course. */
  activeCell: string | null;
  onGoToCell: (cellId: string) => void;
  onDismiss: () => void;
}

const SHOWN = 50;

export function StaleNotice(props: StaleNoticeProps): JSX.Element | null {
  const { onGoToCell, onDismiss } = props;
  const words = useWords();
  const [open, setOpen] = useState(false);
  const list = useId();
  const problems = props.problems.filter(
    ({ what, cell_id }) =>
      what !== 'edited since it ran' || cell_id !== props.activeCell
  );
  const headline = headlineOf(problems, words);
  if (headline === '') {
    return null;
  }
  return (
    <section className="lj-stale-notice" aria-label={words.__('Still true?')}>
      <div className="lj-stale-line">
        <button
          type="button"
          className="lj-stale-headline"
          aria-expanded={open}
          aria-controls={list}
          onClick={() => setOpen(!open)}
        >
          <Icon
            name="chevron"
            className={open ? 'lj-chevron lj-mod-open' : 'lj-chevron'}
          />
          <span role="status">{headline}</span>
        </button>
        <Button
          icon="close"
          label={words.__('Put away until something else is found')}
          onClick={onDismiss}
        />
      </div>
      {open && (
        <ul id={list}>
          {problems.slice(0, SHOWN).map((problem, index) => (
            <li key={index}>
              <button
                type="button"
                className="lj-link"
                disabled={problem.cell_id === null}
                title={words.__('Go to the cell')}
                onClick={() =>
                  problem.cell_id !== null && onGoToCell(problem.cell_id)
                }
              >
                {words.__('Cell %1', problem.cell)}
              </button>{' '}
              <code>{problem.first_line}</code>
              <p>{problem.why}</p>
            </li>
          ))}
          {problems.length > SHOWN && (
            <li className="lj-faint">
              {words.__('and %1 more', problems.length - SHOWN)}
            </li>
          )}
        </ul>
      )}
    </section>
  );
}

function headlineOf(problems: readonly CheckProblem[], words: Words): string {
  const [stop] = problems.filter(({ what }) => STOPS.has(what));
  const older = new Set(
    problems
      .filter(({ what }) => !STOPS.has(what) && what !== 'failed')
      .map(({ cell }) => cell)
  ).size;
  const said = [
    stop === undefined
      ? ''
      : words.__('Restart and run all would fail at cell %1', stop.cell),
    older === 0
      ? ''
      : words._n(
          '%1 cell shows an outdated result',
          '%1 cells show outdated results',
          older
        )
  ];
  return said.filter(text => text !== '').join(' · ');
}
