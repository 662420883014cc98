/** What to make of a run, and where to put it. */
import { useState } from 'react';

import type { ExportKind } from './answers';
import { useWords } from './words';

export interface ExportChoice {
  kind: ExportKind;
  path: string;
  /** It is run before it is handed over, and says what came of it. */
  verify?: boolean;
  /** With a notebook: beside it, what builds its environment again. */
  environment?: boolean;
  /** The package index is asked for a lock of that environment. */
  lock?: boolean;
}

const ENDINGS: Record<ExportKind, string> = {
  html: '.html',
  notebook: '.ipynb',
  crate: '.crate.zip'
};

/** A place beside the notebook that tells the run; never the notebook's own. */
export function suggested(
  notebook: string | null,
  run: string,
  kind: ExportKind
): string {
  const stem = (notebook ?? 'journal').replace(/\.ipynb$/, '');
  return `${stem}-${run}${ENDINGS[kind]}`;
}

/** The path as the person left it, with the ending of the kind. */
export function withEnding(path: string, kind: ExportKind): string {
  const stem = Object.values(ENDINGS).reduce(
    (text, ending) =>
      text.endsWith(ending) ? text.slice(0, -ending.length) : text,
    path
  );
  return stem + ENDINGS[kind];
}

interface ExportFormProps {
  initial: ExportChoice;
  /** What is made is settled: the notebook for a result. */
  settled?: boolean;
  onChange: (choice: ExportChoice) => void;
}

export function ExportForm({
  initial,
  settled = false,
  onChange
}: ExportFormProps): JSX.Element {
  const words = useWords();
  const [choice, setChoice] = useState(initial);
  const change = (next: ExportChoice): void => {
    setChoice(next);
    onChange(next);
  };
  const kinds: { kind: ExportKind; name: string; use: string }[] = [
    {
      kind: 'html',
      name: words.__('Page'),
      use: words.__('One file to read, print and send: code, outputs, figures.')
    },
    {
      kind: 'notebook',
      name: words.__('Notebook'),
      use: words.__(
        'A clean notebook, ready for Papermill: parameters at the top, failed attempts left out.'
      )
    },
    {
      kind: 'crate',
      name: words.__('Record'),
      use: words.__(
        'Everything to reproduce it, as a Run Crate: notebook, data digests, environment.'
      )
    }
  ];
  return (
    <div className="lj-export">
      {settled ? (
        <p>
          {words.__(
            'A clean notebook with only what this result needs, in the order it ran, with its parameters on top.'
          )}
        </p>
      ) : (
        <fieldset>
          <legend>{words.__('What')}</legend>
          {kinds.map(({ kind, name, use }) => (
            <label key={kind} data-chosen={choice.kind === kind}>
              <input
                type="radio"
                name="lj-export-kind"
                checked={choice.kind === kind}
                onChange={() =>
                  change({
                    ...choice,
                    kind,
                    path: withEnding(choice.path, kind)
                  })
                }
              />
              <span>
                <b>{name}</b>
                <span className="lj-faint">{use}</span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      {choice.kind !== 'html' && (
        <Option
          name={words.__('Run it first')}
          use={words.__(
            'In a fresh kernel and a folder of its own, compared with what was recorded. This takes as long as it takes; what came of it stands in the file.'
          )}
          on={choice.verify === true}
          onChange={verify => change({ ...choice, verify })}
        />
      )}
      {choice.kind === 'notebook' && (
        <Option
          name={words.__('With its environment')}
          use={words.__(
            'Beside it, what builds the environment again elsewhere: the recorded versions, files for Binder and Docker, your own modules.'
          )}
          on={choice.environment === true}
          onChange={environment => change({ ...choice, environment })}
        />
      )}
      {(choice.kind === 'crate' ||
        (choice.kind === 'notebook' && choice.environment === true)) && (
        <Option
          name={words.__('Ask the package index for a lock')}
          use={words.__(
            'Names and versions of the packages are sent there; with the lock, everybody gets exactly the same files.'
          )}
          on={choice.lock === true}
          onChange={lock => change({ ...choice, lock })}
        />
      )}
      <label className="lj-export-path">
        {words.__('Where (in the folder that Jupyter serves)')}
        <input
          type="text"
          spellCheck={false}
          value={choice.path}
          onChange={event => change({ ...choice, path: event.target.value })}
        />
      </label>
    </div>
  );
}

function Option({
  name,
  use,
  on,
  onChange
}: {
  name: string;
  use: string;
  on: boolean;
  onChange: (on: boolean) => void;
}): JSX.Element {
  return (
    <label className="lj-export-option">
      <input
        type="checkbox"
        checked={on}
        onChange={event => onChange(event.target.checked)}
      />
      <span>
        <b>{name}</b>
        <span className="lj-faint">{use}</span>
      </span>
    </label>
  );
}
