/** A replay while it runs, and its verdict when it has ended. */
import type {
  EnvironmentUsed,
  JsonValue,
  Num,
  ReplayAnswer,
  ReplayCause,
  Which
} from './answers';
import { Button } from './Button';
import { Icon } from './Icon';
import { basename, short } from './telling';
import type { Words } from './words';
import { useWords } from './words';

export type Replay = {
  address: string;
  /** Where it is known: of a replay that an earlier page asked for it is not. */
  environment?: Which;
} & (
  | { state: 'running'; progress: string }
  | { state: 'failed'; message: string }
  | { state: 'stopped' }
  | { state: 'done'; answer: ReplayAnswer }
);

const CAUSES = 5;

interface ReplayCardProps {
  replay: Replay;
  onDismiss: () => void;
  onStop: () => void;
  onOpen: (address: string) => void;
  /** Replays it once more, with what was installed then. */
  onRecorded?: (address: string) => void;
}

export function ReplayCard({
  replay,
  onDismiss,
  onStop,
  onOpen,
  onRecorded
}: ReplayCardProps): JSX.Element {
  const words = useWords();
  return (
    <section
      className="lj-replay"
      data-verdict={verdictOf(replay)}
      aria-label={words.__('Replay of %1', replay.address)}
    >
      <header>
        {replay.state === 'running' ? (
          <span className="lj-spinner" aria-hidden="true" />
        ) : (
          <Icon name={verdictIcon(replay)} />
        )}
        <h3 role="status">{headline(replay, words)}</h3>
        {replay.state === 'running' ? (
          <Button
            icon="stop"
            label={words.__('Stop the replay of %1', replay.address)}
            onClick={onStop}
          />
        ) : (
          <Button
            icon="close"
            label={words.__('Dismiss')}
            onClick={onDismiss}
          />
        )}
      </header>
      {replay.state === 'running' && (
        <p className="lj-faint">
          {replay.progress === 'waiting'
            ? words.__('Waiting until what runs before it has ended')
            : replay.progress}
        </p>
      )}
      {replay.state === 'failed' && <p>{replay.message}</p>}
      {replay.state === 'done' && (
        <Verdict
          answer={replay.answer}
          onOpen={onOpen}
          onRecorded={onRecorded}
        />
      )}
    </section>
  );
}

function Verdict({
  answer,
  onOpen,
  onRecorded
}: {
  answer: ReplayAnswer;
  onOpen: (address: string) => void;
  onRecorded?: (address: string) => void;
}): JSX.Element {
  const words = useWords();
  const first = answer.first_difference;
  const run = answer.address.split('/')[0] ?? answer.address;
  const metrics = answer.metrics.filter(metric => metric.same !== true);
  const files = answer.files.filter(file => file.same === false);
  return (
    <>
      {first !== null && (
        <>
          <p>
            <button
              type="button"
              className="lj-link"
              onClick={() => onOpen(`${run}/${first.n}`)}
            >
              {words.__('Execution %1', first.n)}
            </button>{' '}
            {words.__(
              'is the first that parted: its %1 differs.',
              whatName(first.what, words)
            )}
          </p>
          <Sides recorded={first.recorded} replayed={first.replayed} />
          <Causes causes={answer.causes ?? []} />
          {(answer.causes ?? []).length === 0 &&
            (first.causes ?? []).length > 0 && (
              <>
                <h4>{words.__('What may have caused it')}</h4>
                <ul>
                  {(first.causes ?? []).map((cause, index) => (
                    <li key={index}>{cause}</li>
                  ))}
                </ul>
              </>
            )}
        </>
      )}
      {metrics.length > 0 && (
        <table
          className="lj-compared"
          aria-label={words.__('Metrics that differ')}
        >
          <thead>
            <tr>
              <th scope="col">{words.__('Metric')}</th>
              <th scope="col">{words.__('Recorded')}</th>
              <th scope="col">{words.__('Replayed')}</th>
            </tr>
          </thead>
          <tbody>
            {metrics.map(metric => (
              <tr key={metric.name}>
                <th scope="row">{metric.name}</th>
                <Number value={metric.recorded} />
                <Number value={metric.replayed} />
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {files.length > 0 && (
        <p>
          {words.__('Written differently:')}{' '}
          {files.map(file => basename(file.path)).join(', ')}
        </p>
      )}
      {answer.environment?.which === 'recorded' && (
        <Recorded used={answer.environment} />
      )}
      {onRecorded !== undefined && mayBeSurroundings(answer) && (
        <p>
          <Button
            label={words.__(
              'Installs the recorded versions of what it used into an environment of its own, from your package index; this can take minutes the first time'
            )}
            onClick={() => onRecorded(answer.address)}
          >
            {words.__('Try in the recorded environment')}
          </Button>
        </p>
      )}
      {answer.problems.length > 0 && (
        <ul className="lj-warnings" aria-label={words.__('Problems')}>
          {answer.problems.map((problem, index) => (
            <li key={index}>
              <Icon name="warning" /> {problem}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Whether other packages may be why it differs, and nobody has tried those that were recorded. */
function mayBeSurroundings({
  reproduced,
  causes = [],
  environment
}: ReplayAnswer): boolean {
  return (
    !reproduced &&
    environment?.which !== 'recorded' &&
    causes.some(({ kind }) => kind === 'environment')
  );
}

/** The environment that was made again for it, and what of it could not be. */
function Recorded({ used }: { used: EnvironmentUsed }): JSX.Element {
  const words = useWords();
  const told = words._n(
    'In the recorded environment: Python %2, %1 package in the recorded version.',
    'In the recorded environment: Python %2, %1 packages in the recorded version.',
    used.pinned,
    used.python
  );
  return (
    <>
      <p className="lj-faint">{told}</p>
      {used.not_pinned.length > 0 && (
        <ul className="lj-warnings" aria-label={words.__('Not as recorded')}>
          {used.not_pinned.map(({ name, version, why }, index) => (
            <li key={index}>
              <Icon name="warning" />{' '}
              {words.__(
                '%1 could not be installed as recorded',
                [name, version].filter(Boolean).join(' ')
              )}
              {why ? `: ${why}` : '.'}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** What it was, whether that is certain, and how it was established. */
function Causes({
  causes
}: {
  causes: readonly ReplayCause[];
}): JSX.Element | null {
  const words = useWords();
  const [first] = causes;
  return first === undefined ? null : (
    <>
      <h4>
        {first.surety === 'certain'
          ? words.__('What caused it')
          : words.__('What may have caused it')}
      </h4>
      <ul>
        {causes.slice(0, CAUSES).map((cause, index) => (
          <li key={index} data-kind={cause.kind}>
            {cause.sentence}{' '}
            <span className="lj-faint">{cause.established}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Number({ value }: { value: Num | null }): JSX.Element {
  return (
    <td title={value === null ? undefined : String(value)}>{short(value)}</td>
  );
}

function Sides({
  recorded,
  replayed
}: {
  recorded: JsonValue;
  replayed: JsonValue;
}): JSX.Element {
  const words = useWords();
  return (
    <dl className="lj-sides">
      <dt>{words.__('Recorded')}</dt>
      <dd>
        <pre>{told(recorded)}</pre>
      </dd>
      <dt>{words.__('Replayed')}</dt>
      <dd>
        <pre>{told(replayed)}</pre>
      </dd>
    </dl>
  );
}

function told(value: JsonValue): string {
  const text =
    typeof value === 'string'
      ? value
      : value === null
        ? '–'
        : JSON.stringify(value, null, 1);
  return text.length > 1200 ? `${text.slice(0, 1200)}…` : text;
}

function verdictOf(replay: Replay): string {
  return replay.state === 'done'
    ? replay.answer.reproduced
      ? 'reproduced'
      : 'parted'
    : replay.state;
}

function verdictIcon(replay: Replay): 'check' | 'warning' | 'close' | 'stop' {
  return replay.state === 'failed'
    ? 'close'
    : replay.state === 'stopped'
      ? 'stop'
      : replay.state === 'done' && replay.answer.reproduced
        ? 'check'
        : 'warning';
}

function headline(replay: Replay, words: Words): string {
  if (replay.state === 'running') {
    return replay.environment === 'recorded'
      ? words.__('Replaying %1 in its recorded environment', replay.address)
      : words.__('Replaying %1 in a fresh kernel', replay.address);
  }
  if (replay.state === 'failed') {
    return words.__('%1 could not be replayed', replay.address);
  }
  if (replay.state === 'stopped') {
    return words.__('The replay of %1 was stopped', replay.address);
  }
  const all = replay.answer.executions.length;
  if (replay.answer.reproduced) {
    return words._n(
      'Reproduced: %1 execution, the same again',
      'Reproduced: all %1 executions, the same again',
      all
    );
  }
  const same = replay.answer.executions.filter(
    execution => execution.same === true
  ).length;
  return words.__('Not reproduced: %1 of %2 executions the same', same, all);
}

function whatName(what: string, words: Words): string {
  const names: Record<string, string> = {
    status: words.__('outcome'),
    output: words.__('output'),
    outputs: words.__('output'),
    metric: words.__('metric'),
    file: words.__('file')
  };
  return names[what] ?? what;
}
