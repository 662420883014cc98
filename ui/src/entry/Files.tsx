/** Files an execution read or wrote, each with the digest of its content. */
import type { FilePart } from '../answers';
import { Icon } from '../Icon';
import { basename, size } from '../telling';
import { useWords } from '../words';

interface FilesProps {
  files: readonly FilePart[];
  onCopy: (text: string, what: string) => void;
}

export function Files({ files, onCopy }: FilesProps): JSX.Element {
  const words = useWords();
  return (
    <ul className="lj-file-list">
      {files.map((file, index) => (
        <li key={index}>
          <Icon name="file" />
          <span className="lj-file-name" title={file.path}>
            {basename(file.path)}
          </span>
          {file.deleted && (
            <span className="lj-chip">{words.__('deleted')}</span>
          )}
          {file.bytes !== null && (
            <span className="lj-faint">{size(file.bytes)}</span>
          )}
          {file.sha256 === null ? (
            <span className="lj-faint" title={file.reason}>
              {words.__('content not known')}
            </span>
          ) : (
            <button
              type="button"
              className="lj-digest"
              title={words.__('SHA-256 %1. Copy it.', file.sha256)}
              aria-label={words.__(
                'Copy the SHA-256 of %1',
                basename(file.path)
              )}
              onClick={() => onCopy(file.sha256 ?? '', words.__('SHA-256'))}
            >
              {file.sha256.slice(0, 8)}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
