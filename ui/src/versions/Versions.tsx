/** Every version of one cell that ran, and the difference between two of them. */
import { useMemo, useState } from 'react';

import type { VersionPart } from '../answers';
import { Button } from '../Button';
import type { Highlight } from '../Code';
import { Source } from '../Code';
import { tally } from '../diffing';
import type { Loaded } from '../loaded';
import { StateMark } from '../StateMark';
import { Empty, Failed, Loading, Missing } from '../States';
import { clock, dayName } from '../telling';
import type { Words } from '../words';
import { useWords } from '../words';
import { DiffView } from './DiffView';

export interface VersionsProps {
  /** The cell that is shown: what it says now. Null while no code cell is selected. */
  cell: { source: string | null } | null;
  versions: Loaded<VersionPart[]>;
  highlight?: Highlight;
  onRetry: () => void;
  onOpen: (address: string) => void;
  onInsert: (version: VersionPart) => void;
  onCopy: (text: string, what: string) => void;
}

/** The same code executed several times in a row is one version. */
export interface Version extends VersionPart {
  times: number;
}

/** The code as it stands in the notebook, where it has not been executed yet. */
const NOW = 'now';

export function grouped(versions: readonly VersionPart[]): Version[] {
  const answer: Version[] = [];
  for (const version of versions) {
    const last = answer.at(-1);
    if (last !== undefined && last.source === version.source) {
      last.times += 1;
    } else {
      answer.push({ ...version, times: 1 });
    }
  }
  return answer;
}

export function Versions(props: VersionsProps): JSX.Element {
  const { cell, versions } = props;
  const words = useWords();
  if (cell === null) {
    return (
      <Empty icon="versions" title={words.__('No code cell is selected')}>
        {words.__(
          'Select a cell in the notebook, and every version of it that ran stands here.'
        )}
      </Empty>
    );
  }
  switch (versions.state) {
    case 'loading':
      return <Loading lines={6} />;
    case 'missing':
      return <Missing retry={props.onRetry} />;
    case 'failed':
      return <Failed message={versions.message} retry={props.onRetry} />;
    case 'ready':
      return versions.answer.length === 0 ? (
        <Empty icon="versions" title={words.__('This cell has not run yet')}>
          {words.__('Each version that is executed will be kept here.')}
        </Empty>
      ) : (
        <Chosen {...props} now={cell.source} all={versions.answer} />
      );
  }
}

function Chosen(
  props: VersionsProps & { now: string | null; all: VersionPart[] }
): JSX.Element {
  const { now, all } = props;
  const words = useWords();
  const versions = useMemo(() => grouped(all), [all]);
  const edited = now !== null && now !== versions[0]?.source;
  const keys = [
    ...(edited ? [NOW] : []),
    ...versions.map(version => version.address)
  ];
  const [chosen, setChosen] = useState<{ before?: string; after?: string }>({});
  const after =
    chosen.after !== undefined && keys.includes(chosen.after)
      ? chosen.after
      : keys[0];
  const before =
    chosen.before !== undefined && keys.includes(chosen.before)
      ? chosen.before
      : (keys[1] ?? keys[0]);
  const several = keys.length > 1;
  const sourceOf = (key: string | undefined): string =>
    key === NOW
      ? (now ?? '')
      : (versions.find(version => version.address === key)?.source ?? '');
  const choose = (side: 'before' | 'after', key: string): void =>
    setChosen({ before, after, [side]: key });
  return (
    <div className="lj-versions">
      <table
        className={several ? 'lj-version-list lj-mod-sides' : 'lj-version-list'}
        aria-label={words.__('Versions of this cell')}
      >
        <thead>
          <tr>
            {several && <th scope="col">{words.__('Old')}</th>}
            {several && <th scope="col">{words.__('New')}</th>}
            <th scope="col">
              {words._n('%1 version', '%1 versions', versions.length)}
            </th>
            <th scope="col">
              <span className="lj-hidden">{words.__('Actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {edited && (
            <tr data-chosen={before === NOW || after === NOW}>
              <Sides
                name={words.__('as it stands in the notebook')}
                value={NOW}
                before={before}
                after={after}
                onChoose={choose}
              />
              <td colSpan={2} className="lj-faint">
                {words.__('In the notebook now, not executed')}
              </td>
            </tr>
          )}
          {versions.map((version, index) => (
            <VersionRow
              key={version.address}
              {...props}
              version={version}
              older={versions[index + 1]}
              several={several}
              before={before}
              after={after}
              onChoose={choose}
            />
          ))}
        </tbody>
      </table>
      {several ? (
        <DiffView
          before={sourceOf(before)}
          after={sourceOf(after)}
          label={words.__('What changed from old to new')}
        />
      ) : (
        <>
          <p className="lj-faint lj-diff-same">
            {words.__(
              'There is one version so far; nothing to compare it with.'
            )}
          </p>
          <Source
            code={sourceOf(after)}
            label={words.__('The only version')}
            highlight={props.highlight}
          />
        </>
      )}
    </div>
  );
}

interface VersionRowProps
  extends VersionsProps, Omit<SidesProps, 'value' | 'name'> {
  version: Version;
  older: Version | undefined;
  /** Whether there is another to compare it with. */
  several: boolean;
}

function VersionRow(props: VersionRowProps): JSX.Element {
  const { version, older, before, after } = props;
  const words = useWords();
  const changes = useMemo(
    () => (older === undefined ? null : tally(older.source, version.source)),
    [older, version]
  );
  const time = versionTime(version.started, words);
  return (
    <tr
      data-chosen={
        props.several &&
        (before === version.address || after === version.address)
      }
    >
      {props.several && (
        <Sides
          name={time}
          value={version.address}
          before={before}
          after={after}
          onChoose={props.onChoose}
        />
      )}
      <td>
        <button
          type="button"
          className="lj-version-name"
          title={words.__('Open execution %1', version.address)}
          onClick={() => props.onOpen(version.address)}
        >
          <StateMark status={version.status} />
          <span>{time}</span>
          {version.times > 1 && (
            <span className="lj-faint">
              {words.__('ran %1 times', version.times)}
            </span>
          )}
          {changes !== null && (
            <span className="lj-changes">
              <span
                className="lj-added"
                title={words._n(
                  '%1 line added',
                  '%1 lines added',
                  changes.added
                )}
              >
                +{changes.added}
              </span>{' '}
              <span
                className="lj-removed"
                title={words._n(
                  '%1 line removed',
                  '%1 lines removed',
                  changes.removed
                )}
              >
                −{changes.removed}
              </span>
            </span>
          )}
        </button>
      </td>
      <td className="lj-version-actions">
        <Button
          icon="insert"
          label={words.__('Insert the version of %1 as a new cell', time)}
          onClick={() => props.onInsert(version)}
        />
        <Button
          icon="copy"
          label={words.__('Copy the version of %1', time)}
          onClick={() => props.onCopy(version.source, words.__('Code'))}
        />
      </td>
    </tr>
  );
}

interface SidesProps {
  name: string;
  value: string;
  before: string | undefined;
  after: string | undefined;
  onChoose: (side: 'before' | 'after', key: string) => void;
}

function Sides({
  name,
  value,
  before,
  after,
  onChoose
}: SidesProps): JSX.Element {
  const words = useWords();
  return (
    <>
      <td>
        <input
          type="radio"
          name="lj-version-before"
          aria-label={words.__('Old: %1', name)}
          checked={before === value}
          onChange={() => onChoose('before', value)}
        />
      </td>
      <td>
        <input
          type="radio"
          name="lj-version-after"
          aria-label={words.__('New: %1', name)}
          checked={after === value}
          onChange={() => onChoose('after', value)}
        />
      </td>
    </>
  );
}

/** Only other days than today are named: the column is narrow. */
function versionTime(started: string, words: Words): string {
  const day = dayName(started, new Date(), words);
  const time = clock(started, true);
  return day === words.__('Today') ? time : `${day} ${time}`;
}
