/** What explains a difference, most probable first; each cause leads to what it stands on. */
import { useState } from 'react';

import { Button } from '../Button';
import type { AskWhy } from '../entry/Files';
import type { Cause, Evidence } from '../origins';
import { cut } from '../results/values';
import { basename } from '../telling';
import type { Words } from '../words';
import { useWords } from '../words';

/** Where evidence leads; what is absent is not offered. */
export interface EvidenceDeeds {
  onOpen?: (address: string) => void;
  onWhy?: AskWhy;
}

interface CausesProps extends EvidenceDeeds {
  causes: readonly Cause[];
}

/** What hardly explains anything is shown when it is asked for. */
const TELLING = 0.2;
const FACTS = 4;

export function Causes({ causes, ...deeds }: CausesProps): JSX.Element | null {
  const words = useWords();
  const [all, setAll] = useState(false);
  const telling = causes.filter(({ weight }) => weight >= TELLING);
  const shown = all
    ? causes
    : telling.length > 0
      ? telling
      : causes.slice(0, 1);
  if (causes.length === 0) {
    return null;
  }
  return (
    <section
      className="lj-causes"
      aria-label={words.__('What may explain the difference')}
    >
      <ol>
        {shown.map((cause, index) => (
          <OneCause key={index} cause={cause} {...deeds} />
        ))}
      </ol>
      {causes.length > shown.length && (
        <Button
          label={words.__('Show what hardly explains it, too')}
          onClick={() => setAll(true)}
        >
          {words._n(
            '%1 more that hardly explains it',
            '%1 more that hardly explain it',
            causes.length - shown.length
          )}
        </Button>
      )}
    </section>
  );
}

function OneCause({
  cause,
  ...deeds
}: EvidenceDeeds & { cause: Cause }): JSX.Element {
  const words = useWords();
  const sure = surety(cause.weight, words);
  return (
    <li data-kind={cause.kind}>
      <span
        className="lj-cause-weight"
        role="img"
        aria-label={sure}
        title={words.__('Explains it: %1', sure)}
      >
        <span style={{ width: `${Math.round(cause.weight * 100)}%` }} />
      </span>
      <span className="lj-chip">{kindName(cause.kind, words)}</span>
      <span className="lj-cause-sentence">{cut(cause.sentence, 400)}</span>
      <span className="lj-cause-evidence">
        {links(cause.evidence)
          .slice(0, FACTS)
          .map((fact, index) => (
            <Link key={index} fact={fact} {...deeds} />
          ))}
      </span>
    </li>
  );
}

/** Facts that lead somewhere, each place once. */
function links(evidence: readonly Evidence[]): Evidence[] {
  const seen = new Set<string>();
  return evidence.filter(({ address, path, what }) => {
    const place = `${address ?? ''} ${what === 'file' ? (path ?? '') : ''}`;
    const leads = address !== null || (what === 'file' && path !== null);
    const first = leads && !seen.has(place);
    seen.add(place);
    return first;
  });
}

function Link({
  fact,
  onOpen,
  onWhy
}: EvidenceDeeds & { fact: Evidence }): JSX.Element {
  const words = useWords();
  const { address, path, what } = fact;
  const digest = typeof fact.b === 'string' ? fact.b : fact.a;
  return (
    <>
      {address !== null && onOpen && (
        <button
          type="button"
          className="lj-link"
          title={words.__('Open execution %1', address)}
          onClick={() => onOpen(address)}
        >
          {address}
        </button>
      )}
      {what === 'file' && path !== null && onWhy && (
        <button
          type="button"
          className="lj-link"
          title={words.__('Where does %1 come from?', basename(path))}
          onClick={() =>
            onWhy(
              typeof digest === 'string' ? `file:${digest}` : `path:${path}`,
              basename(path),
              'before'
            )
          }
        >
          {cut(basename(path), 60)}
        </button>
      )}
    </>
  );
}

function surety(weight: number, words: Words): string {
  return weight >= 0.8
    ? words.__('very likely')
    : weight >= 0.5
      ? words.__('likely')
      : weight >= TELLING
        ? words.__('perhaps')
        : words.__('hardly');
}

function kindName(kind: string, words: Words): string {
  const names: Record<string, string> = {
    code: words.__('code'),
    parameters: words.__('parameters'),
    data: words.__('data'),
    environment: words.__('environment'),
    randomness: words.__('randomness'),
    order: words.__('order of execution'),
    time: words.__('time'),
    network: words.__('network'),
    git: words.__('Git')
  };
  return names[kind] ?? kind;
}
