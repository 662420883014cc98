/** Which columns are shown, and which value of a metric counts as the best. */
import { useState } from 'react';

import type { Words } from '../words';
import { useWords } from '../words';
import type { Best } from './answers';
import type { ColumnKind, ResultColumn } from './columns';
import { cut } from './values';
import type { ResultsView } from './view';

interface ColumnChooserProps {
  columns: readonly ResultColumn[];
  view: ResultsView;
  onView: (view: ResultsView) => void;
  /** Whether numbers that are only probably metrics are shown. */
  doubtful: boolean;
  onDoubtful: (on: boolean) => void;
}

/** Of more columns of a kind the text field finds the others. */
const LISTED = 100;

export function ColumnChooser(props: ColumnChooserProps): JSX.Element {
  const { columns, view, onView } = props;
  const words = useWords();
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  const matching = columns.filter(({ name }) =>
    name.toLowerCase().includes(wanted)
  );
  const choose = (chosen: readonly ResultColumn[], on: boolean): void =>
    onView({
      ...view,
      columns: {
        ...view.columns,
        ...Object.fromEntries(chosen.map(({ id }) => [id, on]))
      }
    });
  return (
    <div
      className="lj-results-panel"
      role="group"
      aria-label={words.__('Columns')}
    >
      <div className="lj-results-fields">
        <input
          type="search"
          value={text}
          aria-label={words.__('Find a column')}
          placeholder={words.__('Find a column')}
          onChange={event => setText(event.target.value)}
        />
        <button
          type="button"
          className="lj-link"
          onClick={() => onView({ ...view, columns: {}, widths: {}, best: {} })}
        >
          {words.__('As at first')}
        </button>
        <label
          className="lj-results-check"
          title={words.__(
            'Numbers that were printed or bound to a name and may be metrics, or not'
          )}
        >
          <input
            type="checkbox"
            checked={props.doubtful}
            onChange={event => props.onDoubtful(event.target.checked)}
          />
          {words.__('Also what is uncertain')}
        </label>
      </div>
      <div className="lj-results-groups">
        {kinds(words).map(({ kind, name }) => {
          const own = matching.filter(column => column.kind === kind);
          return own.length === 0 ? null : (
            <fieldset key={kind}>
              <legend>
                {name}{' '}
                <button
                  type="button"
                  className="lj-link"
                  aria-label={words.__('Show all: %1', name)}
                  onClick={() => choose(own, true)}
                >
                  {words.__('all')}
                </button>{' '}
                <button
                  type="button"
                  className="lj-link"
                  aria-label={words.__('Show none: %1', name)}
                  onClick={() => choose(own, false)}
                >
                  {words.__('none')}
                </button>
              </legend>
              {own.slice(0, LISTED).map(column => (
                <div key={column.id} className="lj-results-choice">
                  <label title={cut(column.name, 2000)}>
                    <input
                      type="checkbox"
                      checked={view.columns[column.id] ?? column.first}
                      onChange={event => choose([column], event.target.checked)}
                    />
                    <span>{cut(column.name)}</span>
                  </label>
                  {kind === 'metric' && (
                    <select
                      value={column.best ?? ''}
                      aria-label={words.__(
                        'Which %1 is better',
                        cut(column.name)
                      )}
                      onChange={event =>
                        onView({
                          ...view,
                          best: {
                            ...view.best,
                            [column.name]: event.target.value as Best
                          }
                        })
                      }
                    >
                      {column.best === null && (
                        <option value="">{words.__('better?')}</option>
                      )}
                      <option value="lowest">{words.__('lower')}</option>
                      <option value="highest">{words.__('higher')}</option>
                    </select>
                  )}
                </div>
              ))}
              {own.length > LISTED && (
                <p className="lj-faint">
                  {words.__(
                    'and %1 more: type to find them',
                    own.length - LISTED
                  )}
                </p>
              )}
            </fieldset>
          );
        })}
      </div>
    </div>
  );
}

function kinds(words: Words): { kind: ColumnKind; name: string }[] {
  return [
    { kind: 'metric', name: words.__('Metrics') },
    { kind: 'curve', name: words.__('Curves') },
    { kind: 'parameter', name: words.__('Parameters') },
    { kind: 'fact', name: words.__('Facts') }
  ];
}
