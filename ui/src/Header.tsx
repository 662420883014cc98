/** The top of the panel: whether recording is on, what the journal holds, the search field, and which runs are shown. */
import { useRef } from 'react';

import { Button } from './Button';
import { Icon } from './Icon';
import { count, size } from './telling';
import type { Words } from './words';
import { useWords } from './words';

export type Recording =
  | { state: 'on' | 'paused' | 'loading' | 'missing' | 'failed' }
  /** Recording is not set up; `reason` says why. */
  | { state: 'off'; reason: string }
  /** The kernel of the notebook is not recorded. */
  | { state: 'unseen'; reason: string };

export interface HeaderProps {
  recording: Recording;
  /** What the journal holds, null while that is not known. */
  extent: { runs: number; executions: number; bytes: number } | null;
  problems: readonly string[];
  query: string;
  onPause: () => void;
  onResume: () => void;
  onRestartKernel?: () => void;
  onQuery: (query: string) => void;
  /** Leads from the search field into what was found. */
  onLeaveSearch: () => void;
}

export function Header(props: HeaderProps): JSX.Element {
  const words = useWords();
  const { recording, extent } = props;
  return (
    <header className="lj-header">
      <div className="lj-recording" data-state={recording.state}>
        <span className="lj-dot" aria-hidden="true" />
        <span className="lj-recording-name" role="status" aria-live="polite">
          {recordingName(recording, words)}
        </span>
        {extent !== null && (
          <span
            className="lj-extent"
            title={words.__(
              'The journal holds %1 executions in %2 runs and takes %3.',
              count(extent.executions),
              count(extent.runs),
              size(extent.bytes)
            )}
          >
            {words._n('%1 run', '%1 runs', extent.runs)} · {size(extent.bytes)}
          </span>
        )}
        {recording.state === 'on' || recording.state === 'paused' ? (
          <PauseButton {...props} paused={recording.state === 'paused'} />
        ) : null}
      </div>
      <Remark {...props} />
      <SearchField {...props} />
    </header>
  );
}

/** One button in two states, so that it keeps the focus. */
function PauseButton({
  paused,
  onPause,
  onResume
}: HeaderProps & { paused: boolean }): JSX.Element {
  const words = useWords();
  return (
    <Button
      icon={paused ? 'play' : 'pause'}
      primary={paused}
      label={
        paused ? words.__('Resume recording') : words.__('Pause recording')
      }
      onClick={paused ? onResume : onPause}
    >
      {paused ? words.__('Resume') : undefined}
    </Button>
  );
}

/** A sentence under the dot where one is needed. */
function Remark({
  recording,
  problems,
  onRestartKernel
}: HeaderProps): JSX.Element | null {
  const words = useWords();
  if (recording.state === 'paused') {
    return (
      <p className="lj-remark">
        {words.__('Nothing is recorded in any kernel until you resume.')}
      </p>
    );
  }
  if (recording.state === 'off' || recording.state === 'unseen') {
    return (
      <p className="lj-remark">
        {recording.reason}{' '}
        {recording.state === 'unseen' && onRestartKernel !== undefined && (
          <button type="button" className="lj-link" onClick={onRestartKernel}>
            {words.__('Restart kernel…')}
          </button>
        )}
      </p>
    );
  }
  const [problem] = problems;
  return problem === undefined ? null : <p className="lj-remark">{problem}</p>;
}

function SearchField({
  query,
  onQuery,
  onLeaveSearch
}: HeaderProps): JSX.Element {
  const words = useWords();
  const field = useRef<HTMLInputElement>(null);
  return (
    <div className="lj-search" role="search">
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        value={query}
        placeholder={words.__('Search code, outputs, notes, files')}
        aria-label={words.__('Search everything that was recorded')}
        spellCheck={false}
        onChange={event => onQuery(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Escape' && query !== '') {
            event.stopPropagation();
            onQuery('');
          } else if (event.key === 'ArrowDown' || event.key === 'Enter') {
            event.preventDefault();
            onLeaveSearch();
          }
        }}
      />
      {query !== '' && (
        <Button
          icon="close"
          label={words.__('Clear the search')}
          onClick={() => {
            onQuery('');
            field.current?.focus();
          }}
        />
      )}
    </div>
  );
}

function recordingName(recording: Recording, words: Words): string {
  switch (recording.state) {
    case 'on':
      return words.__('Recording');
    case 'paused':
      return words.__('Paused');
    case 'loading':
      return words.__('Looking…');
    case 'off':
      return words.__('Not recording');
    case 'unseen':
      return words.__('This kernel is not recorded');
    case 'missing':
      return words.__('No journal');
    case 'failed':
      return words.__('No connection');
  }
}
