/** Code: a few lines coloured lightly, or a whole source coloured by whoever can. */
import { memo, useEffect, useRef } from 'react';

import { tokens } from './tokens';

/** Lays `code`, coloured, into an element. */
export type Highlight = (code: string, host: HTMLElement) => void;

export const CodeLines = memo(function CodeLines({
  code
}: {
  code: string;
}): JSX.Element {
  return (
    <code className="lj-code-lines">
      {tokens(code).map((token, index) =>
        token.kind === 'plain' ? (
          token.text
        ) : (
          <span key={index} className={`lj-token-${token.kind}`}>
            {token.text}
          </span>
        )
      )}
    </code>
  );
});

export function Source({
  code,
  label,
  highlight
}: {
  code: string;
  label: string;
  highlight?: Highlight;
}): JSX.Element {
  const host = useRef<HTMLElement>(null);
  useEffect(() => {
    if (host.current !== null && highlight !== undefined) {
      highlight(code, host.current);
    }
  }, [code, highlight]);
  return (
    <pre className="lj-source" tabIndex={0} role="region" aria-label={label}>
      <code ref={host}>
        {highlight === undefined ? <CodeLines code={code} /> : null}
      </code>
    </pre>
  );
}
