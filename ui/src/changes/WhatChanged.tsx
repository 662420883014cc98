/** "What changed?", whole: from the run before, or from any other, to the one that was asked about. */
import type { KeyboardEvent } from 'react';
import { useEffect, useRef } from 'react';

import { Button } from '../Button';
import type { Loaded } from '../loaded';
import type { DiffAnswer } from '../origins';
import { Empty, Failed, Loading, Missing } from '../States';
import { basename, moment, short } from '../telling';
import { useWords } from '../words';
import type { EvidenceDeeds } from './Causes';
import { Difference } from './Difference';
import type { Picture } from './Pictures';

export interface WhatChangedProps extends EvidenceDeeds {
  /** What was asked about. */
  address: string;
  diff: Loaded<DiffAnswer>;
  /** Fetches what an execution showed; absent where pictures are not shown. */
  picture?: Picture;
  onBack: () => void;
  onRetry: () => void;
  /** Counts up whenever the focus is to come back here. */
  focusRequest?: number;
}

const MOVED = 12;

export function WhatChanged(props: WhatChangedProps): JSX.Element {
  const { address, onBack, focusRequest = 0 } = props;
  const words = useWords();
  const place = useRef<HTMLElement>(null);
  useEffect(
    () => place.current?.focus({ preventScroll: true }),
    [address, focusRequest]
  );
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      onBack();
    }
  };
  return (
    <article
      ref={place}
      className="lj-entry lj-changes"
      tabIndex={-1}
      aria-label={words.__('What changed in %1', address)}
      onKeyDown={onKeyDown}
    >
      <nav
        className="lj-entry-bar"
        aria-label={words.__('Around this comparison')}
      >
        <Button icon="back" label={words.__('Back (Escape)')} onClick={onBack}>
          {words.__('Back')}
        </Button>
        <span className="lj-entry-address">{address}</span>
      </nav>
      <div className="lj-entry-body lj-compare">
        <Content {...props} />
      </div>
    </article>
  );
}

/** What the journal says where nothing lies before; of no use to who cannot name another side. */
const NAMELESS = ' Name both sides.';

function Content(props: WhatChangedProps): JSX.Element {
  const { diff, onRetry } = props;
  const words = useWords();
  switch (diff.state) {
    case 'loading':
      return <Loading lines={7} />;
    case 'missing':
      return <Missing retry={onRetry} />;
    case 'failed':
      return diff.message.endsWith(NAMELESS) ? (
        <Empty
          icon="compare"
          title={words.__('There is nothing before it to compare it with')}
          action={{ label: words.__('Back'), run: props.onBack }}
        >
          {diff.message.slice(0, -NAMELESS.length)}
        </Empty>
      ) : (
        <Failed message={diff.message} retry={onRetry} />
      );
    case 'ready':
      return diff.answer.same ? (
        <>
          <Heading answer={diff.answer} />
          <Empty icon="check" title={words.__('Nothing changed')}>
            {diff.answer.summary}
          </Empty>
        </>
      ) : (
        <>
          <Heading answer={diff.answer} />
          <Moved answer={diff.answer} />
          <Difference
            answer={diff.answer}
            evidence={{ onOpen: props.onOpen, onWhy: props.onWhy }}
            picture={props.picture}
          />
        </>
      );
  }
}

function Heading({ answer }: { answer: DiffAnswer }): JSX.Element {
  const words = useWords();
  const now = new Date();
  const side = (
    address: string,
    started: string,
    notebook: string | null
  ): string =>
    [
      address,
      started === '' ? '' : moment(started, now, words),
      notebook === null || answer.a_notebook === answer.b_notebook
        ? ''
        : basename(notebook)
    ]
      .filter(text => text !== '')
      .join(' · ');
  return (
    <header>
      <h2>{words.__('What changed?')}</h2>
      <p className="lj-faint">
        {side(answer.a, answer.a_started, answer.a_notebook)}
        {' → '}
        {side(answer.b, answer.b_started, answer.b_notebook)}
      </p>
    </header>
  );
}

/** Numbers that are others now. */
function Moved({ answer }: { answer: DiffAnswer }): JSX.Element | null {
  const words = useWords();
  const moved = answer.metrics.filter(({ a, b }) => a !== b);
  return moved.length === 0 ? null : (
    <ul
      className="lj-compare-data"
      aria-label={words.__('Numbers that differ')}
    >
      {moved.slice(0, MOVED).map(({ name, a, b }) => (
        <li key={name}>
          <b>{name}</b> {told(a)} → {told(b)}
        </li>
      ))}
    </ul>
  );
}

function told(value: number | string | null): string {
  return value === null
    ? '–'
    : typeof value === 'number'
      ? short(value)
      : value;
}
