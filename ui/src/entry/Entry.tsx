/** One execution, whole: what was executed, what it showed, what it read, wrote and bound, and what a person says about it. */
import type { KeyboardEvent, ReactNode } from 'react';
import { useEffect, useRef, useState } from 'react';

import type { ExecutionPart, JsonValue, OutputPart } from '../answers';
import { Button } from '../Button';
import type { Highlight } from '../Code';
import { Source } from '../Code';
import { Icon } from '../Icon';
import type { Loaded } from '../loaded';
import { StateMark, stateName } from '../StateMark';
import { Failed, Loading, Missing } from '../States';
import { basename, duration, moment, short } from '../telling';
import { useWords } from '../words';
import { Notes, Tags } from './Annotations';
import { NotSeen, Queries, Remotes } from './Elsewhere';
import type { AskWhy } from './Files';
import { Files } from './Files';
import { Frames } from './Frames';
import type { DrawOutput } from './Outputs';
import { Outputs } from './Outputs';

export interface EntryActions {
  onBack: () => void;
  onRetry: () => void;
  /** To the execution before or after; absent at either end. */
  onEarlier?: () => void;
  onLater?: () => void;
  onGoToCell: (entry: ExecutionPart) => void;
  onInsert: (entry: ExecutionPart) => void;
  onVersions: (entry: ExecutionPart) => void;
  onCopy: (text: string, what: string) => void;
  onNote: (text: string) => Promise<void>;
  onTag: (tags: string[]) => Promise<void>;
  onUntag: (tag: string) => Promise<void>;
  onWhy: AskWhy;
  /** What changed since this cell ran in the run before; absent where it is not offered. */
  onChanges?: () => void;
  /** A clean notebook with only what this needs; absent where it is not offered. */
  onNotebook?: () => void;
  /** What this depends on, in the timeline. */
  onRecipe?: () => void;
  complete: (output: OutputPart) => Promise<OutputPart>;
}

export interface EntryProps extends EntryActions {
  address: string;
  notebook: string | null;
  entry: Loaded<ExecutionPart>;
  draw: DrawOutput;
  highlight?: Highlight;
}

export function Entry(props: EntryProps): JSX.Element {
  const { address, onBack } = props;
  const words = useWords();
  const place = useRef<HTMLElement>(null);
  useEffect(() => place.current?.focus({ preventScroll: true }), [address]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const typing =
      event.target instanceof HTMLInputElement ||
      event.target instanceof HTMLTextAreaElement;
    const act = {
      Escape: onBack,
      '[': typing ? undefined : props.onEarlier,
      ']': typing ? undefined : props.onLater
    }[event.key];
    if (
      act !== undefined &&
      !event.ctrlKey &&
      !event.metaKey &&
      !event.altKey
    ) {
      event.preventDefault();
      event.stopPropagation();
      act();
    }
  };
  return (
    <article
      ref={place}
      className="lj-entry"
      tabIndex={-1}
      aria-label={words.__('Execution %1', address)}
      onKeyDown={onKeyDown}
    >
      <nav
        className="lj-entry-bar"
        aria-label={words.__('Around this execution')}
      >
        <Button icon="back" label={words.__('Back (Escape)')} onClick={onBack}>
          {words.__('Back')}
        </Button>
        <span
          className="lj-entry-address"
          title={words.__('Address of this execution, for the command line')}
        >
          {address}
        </span>
        <Button
          icon="copy"
          label={words.__('Copy the address')}
          onClick={() => props.onCopy(address, words.__('Address'))}
        />
        <Button
          icon="down"
          label={words.__('The execution before ([)')}
          disabled={!props.onEarlier}
          onClick={() => props.onEarlier?.()}
        />
        <Button
          icon="up"
          label={words.__('The execution after (])')}
          disabled={!props.onLater}
          onClick={() => props.onLater?.()}
        />
      </nav>
      <div className="lj-entry-body">
        <Content {...props} />
      </div>
    </article>
  );
}

function Content(props: EntryProps): JSX.Element {
  const { entry } = props;
  switch (entry.state) {
    case 'loading':
      return <Loading lines={7} />;
    case 'missing':
      return <Missing retry={props.onRetry} />;
    case 'failed':
      return <Failed message={entry.message} retry={props.onRetry} />;
    case 'ready':
      return <Facts {...props} execution={entry.answer} />;
  }
}

function Facts(props: EntryProps & { execution: ExecutionPart }): JSX.Element {
  const { execution } = props;
  const words = useWords();
  const [noting, setNoting] = useState(0);
  const [tagging, setTagging] = useState(0);
  const names = execution.names ?? { bound: [], used: [] };
  const { frames = [], queries = [], remotes = [], not_seen = [] } = execution;
  // What was not seen has a place of its own, below the data it is about.
  const warnings = execution.warnings.filter(
    warning => !not_seen.includes(warning)
  );
  const { onCopy, onWhy } = props;
  const askWhy = (): void =>
    onWhy(
      `execution:${execution.address}`,
      words.__('execution %1', execution.address),
      'before'
    );
  return (
    <>
      <Title execution={execution} notebook={props.notebook} onWhy={askWhy} />
      <div
        className="lj-entry-actions"
        role="toolbar"
        aria-label={words.__('What to do with it')}
      >
        <span>
          <Button
            icon="insert"
            label={words.__(
              'Insert this version as a new cell below the active one'
            )}
            onClick={() => props.onInsert(execution)}
          >
            {words.__('Insert')}
          </Button>
          <Button
            icon="goto"
            label={words.__('Go to the cell in the notebook')}
            disabled={execution.cell_id === null}
            onClick={() => props.onGoToCell(execution)}
          >
            {words.__('Go to cell')}
          </Button>
          <Button
            icon="versions"
            label={words.__('Every version of this cell')}
            disabled={execution.cell_id === null}
            onClick={() => props.onVersions(execution)}
          />
          {props.onChanges && (
            <Button
              icon="compare"
              label={words.__(
                'What changed since this cell ran in the run before?'
              )}
              onClick={props.onChanges}
            />
          )}
        </span>
        <span>
          {props.onNotebook && (
            <Button
              icon="notebook"
              label={words.__(
                'Notebook for this result: only what it needs, run before you get it'
              )}
              onClick={props.onNotebook}
            >
              {words.__('Notebook…')}
            </Button>
          )}
          {props.onRecipe && (
            <Button
              icon="recipe"
              label={words.__('Light up in the timeline what this depends on')}
              onClick={props.onRecipe}
            >
              {words.__('Recipe')}
            </Button>
          )}
          <Button
            icon="note"
            label={words.__('Write a note')}
            onClick={() => setNoting(noting + 1)}
          />
          <Button
            icon="tag"
            label={words.__('Add a tag')}
            onClick={() => setTagging(tagging + 1)}
          />
        </span>
      </div>
      {execution.error && <p className="lj-entry-error">{execution.error}</p>}
      {warnings.length > 0 && (
        <ul className="lj-warnings" aria-label={words.__('Warnings')}>
          {warnings.map((warning, index) => (
            <li key={index}>
              <Icon name="warning" /> {warning}
            </li>
          ))}
        </ul>
      )}
      <div className="lj-source-frame">
        <Source
          code={execution.source}
          label={words.__('Code of execution %1', execution.n)}
          highlight={props.highlight}
        />
        <Button
          icon="copy"
          label={words.__('Copy the code')}
          onClick={() => props.onCopy(execution.source, words.__('Code'))}
        />
      </div>
      {execution.outputs.length > 0 && (
        <Part title={words.__('Output')}>
          <Outputs
            key={props.address}
            outputs={execution.outputs}
            draw={props.draw}
            complete={props.complete}
            onWhy={askWhy}
            onNotebook={props.onNotebook}
          />
        </Part>
      )}
      <Values
        title={words.__('Metrics')}
        values={execution.metrics}
        onWhy={name =>
          onWhy(`metric:${execution.address}:${name}`, name, 'before')
        }
        onNotebook={props.onNotebook}
      />
      <Values title={words.__('Parameters')} values={execution.parameters} />
      {execution.inputs.length > 0 && (
        <Part title={words.__('Read')}>
          <Files files={execution.inputs} onCopy={onCopy} onWhy={onWhy} />
        </Part>
      )}
      {execution.files.length > 0 && (
        <Part title={words.__('Written')}>
          <Files files={execution.files} onCopy={onCopy} onWhy={onWhy} />
        </Part>
      )}
      {remotes.length > 0 && (
        <Part title={words.__('Remote data')}>
          <Remotes remotes={remotes} onCopy={onCopy} onWhy={onWhy} />
        </Part>
      )}
      {queries.length > 0 && (
        <Part title={words.__('Databases')}>
          <Queries queries={queries} onWhy={onWhy} />
        </Part>
      )}
      {frames.length > 0 && (
        <Part title={words.__('Data frames')}>
          <Frames frames={frames} />
        </Part>
      )}
      {not_seen.length > 0 && (
        <Part title={words.__('Not seen')}>
          <NotSeen sentences={not_seen} />
        </Part>
      )}
      {names.bound.length + names.used.length > 0 && (
        <Part title={words.__('Names')}>
          <Names title={words.__('bound')} names={names.bound} />
          <Names title={words.__('used')} names={names.used} />
        </Part>
      )}
      <Part title={words.__('Notes')}>
        <Notes
          notes={execution.notes ?? []}
          onAdd={props.onNote}
          focusRequest={noting}
        />
      </Part>
      <Part title={words.__('Tags')}>
        <Tags
          tags={execution.tags ?? []}
          onAdd={props.onTag}
          onRemove={props.onUntag}
          focusRequest={tagging}
        />
      </Part>
    </>
  );
}

function Title({
  execution,
  notebook,
  onWhy
}: {
  execution: ExecutionPart;
  notebook: string | null;
  onWhy: () => void;
}): JSX.Element {
  const words = useWords();
  const told = [
    moment(execution.started, new Date(), words),
    execution.duration_s === null ? '' : duration(execution.duration_s, words),
    notebook === null ? '' : basename(notebook),
    execution.client ?? ''
  ].filter(text => text !== '');
  return (
    <header className="lj-entry-title">
      <StateMark status={execution.status} />
      <h2>
        {words.__('Execution %1', execution.n)}{' '}
        <span className="lj-faint">{stateName(execution.status, words)}</span>
      </h2>
      <Button
        icon="origin"
        label={words.__('Where does this come from?')}
        onClick={onWhy}
      />
      <p>{told.join(' · ')}</p>
    </header>
  );
}

function Part({
  title,
  children
}: {
  title: string;
  children: ReactNode;
}): JSX.Element {
  return (
    <section className="lj-part" aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Values({
  title,
  values,
  onWhy,
  onNotebook
}: {
  title: string;
  values: Record<string, JsonValue>;
  onWhy?: (name: string) => void;
  onNotebook?: () => void;
}): JSX.Element | null {
  const words = useWords();
  const entries = Object.entries(values);
  return entries.length === 0 ? null : (
    <Part title={title}>
      <dl className="lj-values">
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd title={JSON.stringify(value)}>
              {typeof value === 'number'
                ? short(value)
                : typeof value === 'string'
                  ? value
                  : JSON.stringify(value)}
            </dd>
            {onWhy && (
              <Button
                icon="origin"
                label={words.__('Where does %1 come from?', name)}
                onClick={() => onWhy(name)}
              />
            )}
            {onNotebook && (
              <Button
                icon="notebook"
                label={words.__('Notebook for %1', name)}
                onClick={onNotebook}
              />
            )}
          </div>
        ))}
      </dl>
    </Part>
  );
}

function Names({
  title,
  names
}: {
  title: string;
  names: readonly string[];
}): JSX.Element | null {
  return names.length === 0 ? null : (
    <p className="lj-names">
      <span className="lj-faint">{title}</span>
      <span>
        {names.map(name => (
          <code key={name}>{name}</code>
        ))}
      </span>
    </p>
  );
}
