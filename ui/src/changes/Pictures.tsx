/** Two figures, before and now: side by side, or one laid over the other. They are fetched when somebody wants to see them. */
import { useEffect, useId, useState } from 'react';

import { parts } from '../answers';
import { Tabs } from '../Tabs';
import type { Words } from '../words';
import { useWords } from '../words';

/** The address of a picture of what the execution showed, '' where there is none. */
export type Picture = (run: string, n: number) => Promise<string>;

interface PicturesProps {
  /** Addresses of the two executions. */
  a: string;
  b: string;
  picture: Picture;
}

type Way = 'sides' | 'over' | 'difference';

export function Pictures({ a, b, picture }: PicturesProps): JSX.Element {
  const words = useWords();
  const [way, setWay] = useState<Way>('sides');
  const [share, setShare] = useState(50);
  const [before, now] = [useFetched(a, picture), useFetched(b, picture)];
  const id = useId();
  if (before === null || now === null) {
    return (
      <p className="lj-faint" role="status">
        {words.__('The pictures are on their way…')}
      </p>
    );
  }
  if (before === '' || now === '') {
    return (
      <p className="lj-faint">{words.__('A picture could not be fetched.')}</p>
    );
  }
  return (
    <div className="lj-pictures">
      <Tabs<Way>
        label={words.__('How to compare')}
        controls={id}
        chosen={way}
        tabs={[
          { id: 'sides', label: words.__('Side by side') },
          { id: 'over', label: words.__('Overlay') },
          { id: 'difference', label: words.__('What differs') }
        ]}
        onChoose={setWay}
      />
      <div id={id}>
        {way === 'sides' ? (
          <div className="lj-pictures-sides">
            <Side address={a} source={before} words={words} />
            <Side address={b} source={now} words={words} />
          </div>
        ) : (
          <>
            <div className="lj-pictures-over" data-way={way}>
              <img src={before} alt={words.__('Before, %1', a)} />
              <img
                src={now}
                alt={words.__('Now, %1', b)}
                style={way === 'over' ? { opacity: share / 100 } : undefined}
              />
            </div>
            {way === 'over' ? (
              <label className="lj-pictures-share">
                <span>{a}</span>
                <input
                  type="range"
                  min={0}
                  max={100}
                  value={share}
                  aria-label={words.__('From the one before to the one now')}
                  onChange={event => setShare(Number(event.target.value))}
                />
                <span>{b}</span>
              </label>
            ) : (
              <p className="lj-faint">
                {words.__('Black where the two are the same.')}
              </p>
            )}
          </>
        )}
      </div>
    </div>
  );
}

function Side({
  address,
  source,
  words
}: {
  address: string;
  source: string;
  words: Words;
}): JSX.Element {
  return (
    <figure>
      <img src={source} alt={words.__('Figure of %1', address)} />
      <figcaption className="lj-faint">{address}</figcaption>
    </figure>
  );
}

/** null while it is on its way. */
function useFetched(address: string, picture: Picture): string | null {
  const [fetched, setFetched] = useState<{ of: string; is: string } | null>(
    null
  );
  useEffect(() => {
    let wanted = true;
    const { run, n } = parts(address);
    const take = (is: string): void => {
      if (wanted) {
        setFetched({ of: address, is });
      }
    };
    picture(run, n ?? 0).then(take, () => take(''));
    return () => {
      wanted = false;
    };
  }, [address, picture]);
  return fetched?.of === address ? fetched.is : null;
}
