/** What changed between two versions: lines that went, lines that came, and where in the line. */
import { useState } from 'react';

import type { Line, Piece } from '../diffing';
import { compare } from '../diffing';
import { useWords } from '../words';

interface DiffProps {
  before: string;
  after: string;
  label: string;
}

export function DiffView({ before, after, label }: DiffProps): JSX.Element {
  const words = useWords();
  if (before === after) {
    return (
      <p className="lj-faint lj-diff-same">
        {words.__('Both versions are the same.')}
      </p>
    );
  }
  return (
    <ol className="lj-diff" aria-label={label} tabIndex={0}>
      {compare(before, after).map((line, index) => (
        <OneLine key={index} line={line} />
      ))}
    </ol>
  );
}

function OneLine({ line }: { line: Line }): JSX.Element {
  const words = useWords();
  const [unfolded, setUnfolded] = useState(false);
  if (line.kind === 'folded') {
    return unfolded ? (
      <>
        {line.lines.map((text, index) => (
          <li key={index} data-kind="same">
            <span className="lj-diff-sign" aria-hidden="true" />
            {text}
          </li>
        ))}
      </>
    ) : (
      <li data-kind="folded">
        <button
          type="button"
          className="lj-link"
          onClick={() => setUnfolded(true)}
        >
          {words._n(
            '%1 unchanged line',
            '%1 unchanged lines',
            line.lines.length
          )}
        </button>
      </li>
    );
  }
  const signs = {
    added: { sign: '+', name: words.__('added') },
    removed: { sign: '−', name: words.__('removed') },
    same: { sign: '', name: '' }
  };
  const { sign, name } = signs[line.kind];
  return (
    <li data-kind={line.kind}>
      <span
        className="lj-diff-sign"
        role={sign === '' ? undefined : 'img'}
        aria-label={sign === '' ? undefined : name}
      >
        {sign}
      </span>
      <Content kind={line.kind} pieces={line.pieces} />
    </li>
  );
}

function Content({
  kind,
  pieces
}: {
  kind: 'same' | 'added' | 'removed';
  pieces: Piece[];
}): JSX.Element {
  const text = pieces.map((piece, index) =>
    piece.changed ? (
      <mark key={index} className="lj-diff-piece">
        {piece.text}
      </mark>
    ) : (
      piece.text
    )
  );
  return kind === 'added' ? (
    <ins>{text}</ins>
  ) : kind === 'removed' ? (
    <del>{text}</del>
  ) : (
    <span>{text}</span>
  );
}
