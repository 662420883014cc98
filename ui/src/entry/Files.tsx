/** Files an execution read or wrote: the digest of their content, how that was learnt, and where they lead. */
import { useState } from 'react';

import type { FilePart } from '../answers';
import { Button } from '../Button';
import { Icon } from '../Icon';
import { digestOf, doubt, learnt } from '../learning';
import { basename, count, size } from '../telling';
import { useWords } from '../words';

/** Asks where something comes from ('before') or what came of it ('after'). */
export type AskWhy = (
  target: string,
  label: string,
  way: 'before' | 'after'
) => void;

interface FilesProps {
  files: readonly FilePart[];
  onCopy: (text: string, what: string) => void;
  onWhy: AskWhy;
}

/** Files beyond these are shown when they are asked for. */
const SHOWN = 12;

export function Files({ files, onCopy, onWhy }: FilesProps): JSX.Element {
  const words = useWords();
  const [all, setAll] = useState(false);
  const shown = all ? files : files.slice(0, SHOWN);
  return (
    <>
      <ul className="lj-file-list">
        {shown.map((file, index) => (
          <File key={index} file={file} onCopy={onCopy} onWhy={onWhy} />
        ))}
      </ul>
      {files.length > shown.length && (
        <Button
          label={words.__('Show all %1 files', count(files.length))}
          onClick={() => setAll(true)}
        >
          {words.__('Show all %1', count(files.length))}
        </Button>
      )}
    </>
  );
}

function File({
  file,
  onCopy,
  onWhy
}: Omit<FilesProps, 'files'> & { file: FilePart }): JSX.Element {
  const words = useWords();
  const name = basename(file.path);
  const target =
    file.sha256 === null ? `path:${file.path}` : `file:${file.sha256}`;
  const doubted = doubt(file, words);
  return (
    <li>
      <Icon name="file" />
      <span className="lj-file-name" title={file.path}>
        {name}
      </span>
      {file.deleted && <span className="lj-chip">{words.__('deleted')}</span>}
      {file.bytes !== null && (
        <span className="lj-faint">{size(file.bytes)}</span>
      )}
      <Button
        icon="origin"
        label={words.__('Where does %1 come from?', name)}
        onClick={() => onWhy(target, name, 'before')}
      />
      <Button
        icon="used"
        label={words.__('Who used %1?', name)}
        onClick={() => onWhy(target, name, 'after')}
      />
      <p className="lj-file-facts">
        <Digest file={file} name={name} onCopy={onCopy} />
        {facts(file).map(fact => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
      {doubted !== '' && (
        <p className="lj-file-facts lj-mod-doubt">{doubted}</p>
      )}
    </li>
  );

  function facts({ kept, moved, deleted, package: from }: FilePart): string[] {
    const shown = [
      kept ? words.__('kept') : '',
      learnt(file, words),
      from ? words.__('part of %1', from) : '',
      moved
        ? deleted
          ? words.__('now %1', basename(moved))
          : words.__('was %1', basename(moved))
        : ''
    ];
    return shown.filter(fact => fact !== '');
  }
}

function Digest({
  file,
  name,
  onCopy
}: {
  file: FilePart;
  name: string;
  onCopy: FilesProps['onCopy'];
}): JSX.Element {
  const words = useWords();
  const { sha256, reason } = file;
  return sha256 === null ? (
    <span title={reason}>
      {reason
        ? words.__('content not known: %1', reason)
        : words.__('content not known')}
    </span>
  ) : (
    <button
      type="button"
      className="lj-digest"
      title={words
        .__('SHA-256 %1 %2. Copy it.', sha256, digestOf(file, words))
        .replace(' .', '.')}
      aria-label={words.__('Copy the SHA-256 of %1', name)}
      onClick={() => onCopy(sha256, words.__('SHA-256'))}
    >
      {sha256.slice(0, 8)}
    </button>
  );
}
