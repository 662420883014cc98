/** What an execution showed. Whoever draws an output treats it as untrusted; what is large is drawn when it is asked for. */
import { Fragment, useEffect, useRef, useState } from 'react';

import type { OutputPart } from '../answers';
import { isBlob } from '../answers';
import { Button } from '../Button';
import { size } from '../telling';
import { useWords } from '../words';

/** Draws an output into an element; gives back how to take it away again. */
export type DrawOutput = (output: OutputPart, host: HTMLElement) => () => void;

/** Characters above which an output is drawn on demand only. */
const LARGE = 200_000;

interface OutputsProps {
  outputs: readonly OutputPart[];
  draw: DrawOutput;
  /** The output with everything that was left out of the answer. */
  complete: (output: OutputPart) => Promise<OutputPart>;
  /** Asks where a figure comes from. */
  onWhy: () => void;
  /** A notebook that makes the figure, and no more than it needs. */
  onNotebook?: () => void;
}

export function Outputs({
  outputs,
  draw,
  complete,
  onWhy,
  onNotebook
}: OutputsProps): JSX.Element {
  const words = useWords();
  return (
    <div className="lj-outputs">
      {outputs.map((output, index) => (
        <Fragment key={output.position ?? index}>
          <Output output={output} draw={draw} complete={complete} />
          {isFigure(output) && (
            <p className="lj-figure-ways">
              <button type="button" className="lj-link" onClick={onWhy}>
                {words.__('Where does this figure come from?')}
              </button>
              {onNotebook && (
                <button type="button" className="lj-link" onClick={onNotebook}>
                  {words.__('Notebook for this figure')}
                </button>
              )}
            </p>
          )}
        </Fragment>
      ))}
    </div>
  );
}

type Shown =
  | { state: 'held' | 'fetching' }
  | { state: 'failed'; message: string }
  | { state: 'shown'; output: OutputPart };

function Output({
  output,
  draw,
  complete
}: { output: OutputPart } & Omit<
  OutputsProps,
  'outputs' | 'onWhy' | 'onNotebook'
>): JSX.Element {
  const words = useWords();
  const [asked, setAsked] = useState<Shown>({ state: 'held' });
  const large = weight(output) > LARGE;
  if (asked.state === 'shown') {
    return <Drawn output={asked.output} draw={draw} focused />;
  }
  if (!large) {
    return <Drawn output={output} draw={draw} />;
  }
  const show = (): void => {
    setAsked({ state: 'fetching' });
    complete(output).then(
      answer => setAsked({ state: 'shown', output: answer }),
      (problem: unknown) =>
        setAsked({
          state: 'failed',
          message: problem instanceof Error ? problem.message : String(problem)
        })
    );
  };
  const label = words.__('Show output (%1)', size(weight(output)));
  return (
    <div className="lj-output-held">
      <Button label={label} busy={asked.state === 'fetching'} onClick={show}>
        {asked.state === 'fetching' ? words.__('Fetching…') : label}
      </Button>
      {asked.state === 'failed' && <span role="alert">{asked.message}</span>}
    </div>
  );
}

interface DrawnProps {
  output: OutputPart;
  draw: DrawOutput;
  /** It takes the place of the button that asked for it, and so its focus. */
  focused?: boolean;
}

function Drawn({ output, draw, focused = false }: DrawnProps): JSX.Element {
  const words = useWords();
  const host = useRef<HTMLDivElement>(null);
  useEffect(
    () => (host.current === null ? undefined : draw(output, host.current)),
    [output, draw]
  );
  useEffect(() => {
    if (focused) {
      host.current?.focus({ preventScroll: true });
    }
  }, [focused]);
  const error = output.output_type === 'error' || output.name === 'stderr';
  return (
    <div className={error ? 'lj-output lj-mod-error' : 'lj-output'}>
      <div ref={host} className="lj-output-host" tabIndex={-1} />
      {output.truncated && (
        <p className="lj-output-cut">
          {words.__(
            'Only the beginning and the end were kept, of %1.',
            size(output.bytes ?? 0)
          )}
        </p>
      )}
    </div>
  );
}

/** About how many characters would be drawn, blobs included. */
export function weight(output: OutputPart): number {
  const values: unknown[] = [
    output.text,
    ...(output.traceback ?? []),
    ...Object.values(output.data ?? {})
  ];
  return values.reduce<number>((sum, value) => sum + lengthOf(value), 0);
}

function lengthOf(value: unknown): number {
  if (isBlob(value)) {
    return Math.max(value.bytes, LARGE + 1);
  }
  // A picture costs its decoder, not the page: it counts for little.
  return typeof value === 'string'
    ? isPicture(value)
      ? 1
      : value.length
    : value === undefined
      ? 0
      : (JSON.stringify(value)?.length ?? 0);
}

function isPicture(value: string): boolean {
  return /^(iVBORw0KGgo|\/9j\/|R0lGOD|UklGR)/.test(value);
}

function isFigure(output: OutputPart): boolean {
  return Object.keys(output.data ?? {}).some(kind => kind.startsWith('image/'));
}
