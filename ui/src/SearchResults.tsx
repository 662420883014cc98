/** What a search found: where, when, and the words around it. */
import type { KeyboardEvent } from 'react';
import { useEffect, useRef } from 'react';

import type { HitPart, SnippetPart } from './answers';
import type { Loaded } from './loaded';
import { Empty, Failed, Loading, Missing } from './States';
import { clock, dayName } from './telling';
import type { Words } from './words';
import { useWords } from './words';

interface SearchProps {
  query: string;
  hits: Loaded<HitPart[]>;
  onRetry: () => void;
  onOpen: (address: string) => void;
  onLeave: () => void;
  /** Asks for the focus when it counts up. */
  focusRequest: number;
}

export function SearchResults({
  query,
  hits,
  onRetry,
  onOpen,
  onLeave,
  focusRequest
}: SearchProps): JSX.Element {
  const words = useWords();
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    if (focusRequest > 0) {
      list.current?.querySelector('button')?.focus();
    }
  }, [focusRequest]);
  switch (hits.state) {
    case 'loading':
      return <Loading lines={6} />;
    case 'missing':
      return <Missing retry={onRetry} />;
    case 'failed':
      return <Failed message={hits.message} retry={onRetry} />;
    case 'ready':
      break;
  }
  if (hits.answer.length === 0) {
    return (
      <Empty
        icon="search"
        title={words.__('Nothing holds “%1”', query)}
        action={{ label: words.__('Clear the search'), run: onLeave }}
      >
        {words.__(
          'Code, outputs, notes, file names and metrics of every run were searched.'
        )}
      </Empty>
    );
  }
  return (
    <div className="lj-hits">
      <p className="lj-faint" role="status">
        {words._n('%1 place', '%1 places', hits.answer.length)}
      </p>
      <ul
        ref={list}
        aria-label={words.__('What was found')}
        onKeyDown={event => moveFocus(event, onLeave)}
      >
        {hits.answer.map((hit, index) => (
          <li key={index}>
            <button
              type="button"
              className="lj-hit"
              onClick={() => onOpen(hit.address)}
            >
              <Snippet parts={hit.parts} />
              <span className="lj-meta">
                {whereName(hit.where, words)} ·{' '}
                {dayName(hit.started, new Date(), words)} {clock(hit.started)} ·{' '}
                {hit.address}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Snippet({ parts }: { parts: readonly SnippetPart[] }): JSX.Element {
  return (
    <code className="lj-snippet">
      {parts.map((part, index) =>
        part.match ? <mark key={index}>{part.text}</mark> : part.text
      )}
    </code>
  );
}

/** Up and down lead from hit to hit; Escape leaves. */
function moveFocus(
  event: KeyboardEvent<HTMLElement>,
  onLeave: () => void
): void {
  if (event.key === 'Escape') {
    event.stopPropagation();
    onLeave();
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) {
    return;
  }
  event.preventDefault();
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const at = buttons.findIndex(button => button === event.target);
  buttons[Math.max(0, Math.min(buttons.length - 1, at + step))]?.focus();
}

function whereName(where: string, words: Words): string {
  const names: Record<string, string> = {
    code: words.__('code'),
    output: words.__('output'),
    note: words.__('note'),
    path: words.__('file'),
    metric: words.__('metric'),
    model: words.__('model'),
    figure: words.__('figure'),
    notebook: words.__('notebook')
  };
  return names[where] ?? where;
}
