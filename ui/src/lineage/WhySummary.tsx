/** The short answer to "where does this come from?": what made it and when, of which inputs, with which settings. */
import { useState } from 'react';

import type { Num } from '../answers';
import { Button } from '../Button';
import { Icon } from '../Icon';
import type { ProducedBy, WhyAnswer, WhyInput } from '../origins';
import { basename, count, moment, short, size } from '../telling';
import type { Words } from '../words';
import { useWords } from '../words';

interface WhySummaryProps {
  why: WhyAnswer;
  onOpenEntry: (address: string) => void;
  onWhy: (target: string, label: string) => void;
}

/** Names beyond these are counted. */
const NAMED = 5;

export function WhySummary({
  why,
  onOpenEntry,
  onWhy
}: WhySummaryProps): JSX.Element {
  const words = useWords();
  return (
    <div className="lj-why">
      <p className="lj-why-made">
        <Made why={why} onOpenEntry={onOpenEntry} />
      </p>
      <dl className="lj-why-facts">
        {why.inputs.length > 0 && (
          <Fact name={words.__('From')}>
            <Inputs inputs={why.inputs} onWhy={onWhy} />
          </Fact>
        )}
        <Values name={words.__('Parameters')} values={why.parameters} />
        <Values name={words.__('Metrics')} values={why.metrics} />
        <Surroundings why={why} />
        {why.recipe.length > 1 && (
          <Fact name={words.__('Recipe')}>
            <Recipe why={why} onOpenEntry={onOpenEntry} />
          </Fact>
        )}
        {why.used_by.length > 0 && (
          <Fact name={words.__('Used by')}>
            <UsedBy why={why} onOpenEntry={onOpenEntry} />
          </Fact>
        )}
      </dl>
      {why.not_seen.length > 0 && (
        <ul className="lj-warnings" aria-label={words.__('Not seen')}>
          {why.not_seen.map((sentence, index) => (
            <li key={index}>
              <Icon name="warning" /> {sentence}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Fact({
  name,
  children
}: {
  name: string;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Made({
  why,
  onOpenEntry
}: Pick<WhySummaryProps, 'why' | 'onOpenEntry'>): JSX.Element {
  const words = useWords();
  const { produced_by, others, kind } = why;
  if (produced_by === null) {
    return (
      <span>
        {words.__(
          'Nobody recorded this being made: it came from outside, or was there before recording began.'
        )}
      </span>
    );
  }
  const verb =
    kind === 'execution'
      ? words.__('Executed')
      : kind === 'metric'
        ? words.__('Measured by')
        : words.__('Made by');
  return (
    <>
      {verb}{' '}
      <button
        type="button"
        className="lj-link"
        title={words.__('Open %1 in the journal', produced_by.address)}
        onClick={() => onOpenEntry(produced_by.address)}
      >
        {whose(produced_by, words)}
      </button>{' '}
      <span className="lj-faint">
        {moment(produced_by.started, new Date(), words)}
        {elsewhere(why) && (
          <span title={produced_by.path ?? ''}>
            {' · '}
            {words.__('written as %1', produced_by.path)}
          </span>
        )}
        {why.found === 'path' &&
          ` · ${words.__('told by its path; this very content was not recorded')}`}
        {others.length > 0 &&
          ` · ${words._n(
            'one other execution made the same content',
            '%1 other executions made the same content',
            others.length
          )}`}
      </span>
    </>
  );
}

/** Whether it was written under another path than it is known by now. */
function elsewhere({ produced_by, path }: WhyAnswer): boolean {
  const written = produced_by?.path ?? null;
  return written !== null && written !== '' && written !== path;
}

function Inputs({
  inputs,
  onWhy
}: {
  inputs: readonly WhyInput[];
  onWhy: WhySummaryProps['onWhy'];
}): JSX.Element {
  const words = useWords();
  const [all, setAll] = useState(false);
  const shown = all ? inputs : inputs.slice(0, NAMED);
  return (
    <>
      {shown.map((input, index) => (
        <span key={index} className="lj-why-input">
          <button
            type="button"
            className="lj-link"
            title={input.path}
            onClick={() => onWhy(targetOf(input), basename(input.path))}
          >
            {basename(input.path)}
          </button>{' '}
          <span className="lj-faint">{origin(input, words)}</span>
        </span>
      ))}
      {inputs.length > shown.length && (
        <Button label={words.__('All inputs')} onClick={() => setAll(true)}>
          {words.__('All %1', count(inputs.length))}
        </Button>
      )}
    </>
  );
}

function Values({
  name,
  values
}: {
  name: string;
  values: Record<string, unknown>;
}): JSX.Element | null {
  const entries = Object.entries(values);
  return entries.length === 0 ? null : (
    <Fact name={name}>
      {entries.slice(0, 8).map(([key, value]) => (
        <span
          key={key}
          className="lj-chip"
          title={`${key} = ${JSON.stringify(value)}`}
        >
          {key} <b>{shown(value)}</b>
        </span>
      ))}
      {entries.length > 8 && (
        <span className="lj-faint">+{entries.length - 8}</span>
      )}
    </Fact>
  );
}

/** Interpreter, packages that were really used, and the state of the code's repository. */
function Surroundings({ why }: { why: WhyAnswer }): JSX.Element | null {
  const words = useWords();
  const { environment, git } = why;
  const packages = environment.used
    .slice(0, NAMED)
    .map(name => `${name} ${environment.packages[name] ?? ''}`.trim());
  const code =
    git.commit === null
      ? []
      : [
          [git.branch, git.commit.slice(0, 8)].filter(Boolean).join(' @ '),
          git.dirty ? words.__('with uncommitted changes') : ''
        ];
  const facts = [
    environment.python === '' ? '' : `Python ${environment.python}`,
    ...packages,
    ...code
  ].filter(fact => fact !== '');
  return facts.length === 0 ? null : (
    <Fact name={words.__('With')}>{facts.join(' · ')}</Fact>
  );
}

function Recipe({
  why,
  onOpenEntry
}: Pick<WhySummaryProps, 'why' | 'onOpenEntry'>): JSX.Element {
  const words = useWords();
  return (
    <details className="lj-why-recipe">
      <summary>
        {words._n('%1 execution', '%1 executions', why.recipe.length)}
      </summary>
      <ol>
        {why.recipe.map(({ address, source }) => (
          <li key={address}>
            <button
              type="button"
              className="lj-link"
              onClick={() => onOpenEntry(address)}
            >
              {address}
            </button>
            <pre>{source}</pre>
          </li>
        ))}
      </ol>
    </details>
  );
}

function UsedBy({
  why,
  onOpenEntry
}: Pick<WhySummaryProps, 'why' | 'onOpenEntry'>): JSX.Element {
  const words = useWords();
  return (
    <>
      {why.used_by.slice(0, NAMED).map(use => (
        <span key={use.address} className="lj-why-input">
          <button
            type="button"
            className="lj-link"
            onClick={() => onOpenEntry(use.address)}
          >
            {whose(use, words)}
          </button>{' '}
          <span className="lj-faint">
            {use.files.length + use.metrics.length === 0
              ? ''
              : words.__(
                  '→ %1',
                  [...use.files.map(basename), ...use.metrics].join(', ')
                )}
          </span>
        </span>
      ))}
      {why.used_by.length > NAMED && (
        <span className="lj-faint">
          {words.__('and %1 more', why.used_by.length - NAMED)}
        </span>
      )}
    </>
  );
}

function whose(
  { address, notebook }: Pick<ProducedBy, 'address' | 'notebook'>,
  words: Words
): string {
  const n = address.split('/')[1] ?? address;
  return notebook === null
    ? words.__('execution %1', address)
    : words.__('execution %1 of %2', n, basename(notebook));
}

function origin(input: WhyInput, words: Words): string {
  const { kind, bytes, produced_by, produced_how, sha256 } = input;
  return [
    bytes === null ? '' : size(bytes),
    kind === 'file' && sha256 === null ? words.__('content not known') : '',
    input.package !== ''
      ? words.__('part of %1', input.package)
      : produced_by === null
        ? words.__('origin not recorded')
        : produced_how === 'path'
          ? words.__('probably made by %1', whose(produced_by, words))
          : words.__('made by %1', whose(produced_by, words))
  ]
    .filter(part => part !== '')
    .join(', ');
}

function targetOf({ kind, sha256, path }: WhyInput): string {
  if (kind === 'table' || kind === 'remote') {
    return `${kind}:${path}`;
  }
  return sha256 === null ? `path:${path}` : `file:${sha256}`;
}

function shown(value: unknown): string {
  return typeof value === 'number'
    ? short(value as Num)
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
}
