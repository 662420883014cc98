/** Data that is not in files here: what was asked of databases, what came from other machines, and what nobody could see. */
import type { QueryPart, RemotePart } from '../answers';
import { Button } from '../Button';
import { Icon } from '../Icon';
import { basename, count, size } from '../telling';
import { useWords } from '../words';
import type { AskWhy } from './Files';

export function Queries({
  queries,
  onWhy
}: {
  queries: readonly QueryPart[];
  onWhy: AskWhy;
}): JSX.Element {
  return (
    <ul className="lj-queries">
      {queries.map((query, index) => (
        <Query key={index} query={query} onWhy={onWhy} />
      ))}
    </ul>
  );
}

function Query({
  query,
  onWhy
}: {
  query: QueryPart;
  onWhy: AskWhy;
}): JSX.Element {
  const words = useWords();
  const { database, statement, reads, writes, times, rows } = query;
  return (
    <li>
      <pre tabIndex={0} aria-label={words.__('Statement')}>
        {statement}
      </pre>
      <p className="lj-file-facts">
        <span title={database}>{basename(database)}</span>
        {rows !== null && <span>{words._n('%1 row', '%1 rows', rows)}</span>}
        {times > 1 && <span>{words.__('%1 times', count(times))}</span>}
        <Tables
          title={words.__('read')}
          tables={reads}
          database={database}
          onWhy={onWhy}
        />
        <Tables
          title={words.__('wrote')}
          tables={writes}
          database={database}
          onWhy={onWhy}
        />
      </p>
    </li>
  );
}

function Tables({
  title,
  tables,
  database,
  onWhy
}: {
  title: string;
  tables: readonly string[];
  database: string;
  onWhy: AskWhy;
}): JSX.Element | null {
  const words = useWords();
  return tables.length === 0 ? null : (
    <span>
      {title}{' '}
      {tables.map(table => (
        <button
          key={table}
          type="button"
          className="lj-link"
          title={words.__('Where does %1 come from?', table)}
          onClick={() => onWhy(`table:${database}#${table}`, table, 'before')}
        >
          {table}
        </button>
      ))}
    </span>
  );
}

export function Remotes({
  remotes,
  onCopy,
  onWhy
}: {
  remotes: readonly RemotePart[];
  onCopy: (text: string, what: string) => void;
  onWhy: AskWhy;
}): JSX.Element {
  const words = useWords();
  return (
    <ul className="lj-file-list">
      {remotes.map((remote, index) => {
        const { url, role, bytes, version, modified, sha256 } = remote;
        const name = basename(url.replace(/[?#].*$/, '')) || url;
        return (
          <li key={index}>
            <Icon name="remote" />
            <span className="lj-file-name" title={url}>
              {name}
            </span>
            {bytes !== null && <span className="lj-faint">{size(bytes)}</span>}
            <Button
              icon={role === 'written' ? 'origin' : 'used'}
              label={
                role === 'written'
                  ? words.__('Where does %1 come from?', name)
                  : words.__('Who used %1?', name)
              }
              onClick={() =>
                onWhy(
                  `remote:${url}`,
                  name,
                  role === 'written' ? 'before' : 'after'
                )
              }
            />
            <p className="lj-file-facts">
              <span>
                {role === 'written'
                  ? words.__('sent there')
                  : words.__('fetched')}
              </span>
              {sha256 !== null && (
                <button
                  type="button"
                  className="lj-digest"
                  aria-label={words.__('Copy the SHA-256 of %1', name)}
                  title={words.__('SHA-256 %1. Copy it.', sha256)}
                  onClick={() => onCopy(sha256, words.__('SHA-256'))}
                >
                  {sha256.slice(0, 8)}
                </button>
              )}
              {version !== '' && <span>{words.__('version %1', version)}</span>}
              {modified !== '' && (
                <span>{words.__('changed %1', modified)}</span>
              )}
              <span className="lj-address-text">{url}</span>
            </p>
          </li>
        );
      })}
    </ul>
  );
}

/** What recording could not see, said plainly. */
export function NotSeen({
  sentences
}: {
  sentences: readonly string[];
}): JSX.Element {
  return (
    <ul className="lj-not-seen">
      {sentences.map((sentence, index) => (
        <li key={index}>{sentence}</li>
      ))}
    </ul>
  );
}
