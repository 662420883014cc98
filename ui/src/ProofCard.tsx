/** An export: while it is run before it is handed over, what that came to, and what is to be known of what was made. */
import type { ExportAnswer, ProofPart } from './answers';
import { Button } from './Button';
import type { IconName } from './Icon';
import { Icon } from './Icon';
import { basename, duration } from './telling';
import type { Words } from './words';
import { useWords } from './words';

export type Proof = { address: string; path: string | null } & (
  | { state: 'running'; progress: string }
  | { state: 'failed'; message: string }
  | { state: 'stopped' }
  | { state: 'done'; answer: ExportAnswer }
);

interface ProofCardProps {
  proof: Proof;
  onDismiss: () => void;
  onStop: () => void;
  /** Opens what was made; absent where nothing can open it. */
  onOpenFile?: (path: string) => void;
  onCopy?: (text: string, what: string) => void;
}

export function ProofCard({
  proof,
  onDismiss,
  onStop,
  onOpenFile,
  onCopy
}: ProofCardProps): JSX.Element {
  const words = useWords();
  const running = proof.state === 'running';
  const stopping = running && proof.progress === 'stopping';
  return (
    <section
      className="lj-replay lj-proof"
      data-verdict={verdictOf(proof)}
      aria-label={words.__('Notebook for %1', proof.address)}
    >
      <header>
        {running ? (
          <span className="lj-spinner" aria-hidden="true" />
        ) : (
          <Icon name={iconOf(proof)} />
        )}
        <h3 role="status">{headline(proof, words)}</h3>
        {running ? (
          <Button
            label={words.__('Stop; nothing is written')}
            busy={stopping}
            onClick={onStop}
          >
            {stopping ? words.__('Stopping…') : words.__('Stop')}
          </Button>
        ) : (
          <Button
            icon="close"
            label={words.__('Dismiss')}
            onClick={onDismiss}
          />
        )}
      </header>
      {running && (
        <p className="lj-faint">
          {proof.progress === 'waiting'
            ? words.__('Waiting until what runs before it has ended')
            : proof.progress}
        </p>
      )}
      {proof.state === 'failed' && <p>{proof.message}</p>}
      {proof.state === 'stopped' && <p>{words.__('Nothing was written.')}</p>}
      {proof.state === 'done' && (
        <Outcome
          answer={proof.answer}
          onOpenFile={onOpenFile}
          onCopy={onCopy}
        />
      )}
    </section>
  );
}

function Outcome({
  answer,
  onOpenFile,
  onCopy
}: {
  answer: ExportAnswer;
  onOpenFile?: (path: string) => void;
  onCopy?: (text: string, what: string) => void;
}): JSX.Element {
  const words = useWords();
  const { proof } = answer;
  const path = answer.server_path ?? null;
  return (
    <>
      <p>
        {words.__('Saved to')}{' '}
        {path !== null && onOpenFile ? (
          <button
            type="button"
            className="lj-link"
            title={path}
            onClick={() => onOpenFile(path)}
          >
            {path}
          </button>
        ) : (
          <span title={answer.path}>{path ?? basename(answer.path)}</span>
        )}
      </p>
      {proof && <Verdict proof={proof} same={answer.verified === true} />}
      {answer.command !== undefined && (
        <>
          <h4>
            {words.__(
              'To run it there, in the environment that lies beside it'
            )}
          </h4>
          <div className="lj-command">
            <pre>{answer.command}</pre>
            {onCopy && (
              <Button
                icon="copy"
                label={words.__('Copy the command')}
                onClick={() =>
                  onCopy(answer.command ?? '', words.__('Command'))
                }
              />
            )}
          </div>
        </>
      )}
      {(answer.remarks ?? []).length > 0 && (
        <ul className="lj-warnings" aria-label={words.__('Not taken along')}>
          {(answer.remarks ?? []).map((remark, index) => (
            <li key={index}>
              <Icon name="warning" /> {remark}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Verdict({
  proof,
  same
}: {
  proof: ProofPart;
  same: boolean;
}): JSX.Element {
  const words = useWords();
  const effort = words.__(
    '%1, %2, %3',
    words._n('%1 execution', '%1 executions', proof.executions.length),
    words._n('run once', 'run %1 times', proof.attempts),
    duration(proof.seconds, words)
  );
  const problems = proof.problems.filter(
    problem => problem !== proof.first_difference
  );
  return (
    <>
      {same && proof.compared.length > 0 && (
        <p>
          {words.__('The same as recorded: %1.', proof.compared.join(', '))}
        </p>
      )}
      {!same && proof.first_difference !== null && (
        <p>{proof.first_difference}</p>
      )}
      {!same && proof.causes.length > 0 && (
        <>
          <h4>{words.__('What may have caused it')}</h4>
          <ul>
            {proof.causes.map((cause, index) => (
              <li key={index}>{cause}</li>
            ))}
          </ul>
        </>
      )}
      {proof.added.length > 0 && (
        <p>
          {words._n(
            'What the recipe lacked was taken in: execution %2.',
            'What the recipe lacked was taken in: executions %2.',
            proof.added.length,
            proof.added.join(', ')
          )}
        </p>
      )}
      {proof.removed.length > 0 && (
        <p>
          {words._n(
            'Left out, as the result does not need it: execution %2.',
            'Left out, as the result does not need them: executions %2.',
            proof.removed.length,
            proof.removed.join(', ')
          )}
        </p>
      )}
      {problems.length > 0 && (
        <ul className="lj-warnings" aria-label={words.__('Problems')}>
          {problems.map((problem, index) => (
            <li key={index}>
              <Icon name="warning" /> {problem}
            </li>
          ))}
        </ul>
      )}
      <p className="lj-faint">{effort}</p>
    </>
  );
}

/** The words of a replay's verdict, which give the card its colour. */
function verdictOf(proof: Proof): string {
  return proof.state === 'done'
    ? proof.answer.verified === undefined
      ? 'made'
      : proof.answer.verified
        ? 'reproduced'
        : 'parted'
    : proof.state;
}

function iconOf(proof: Proof): IconName {
  switch (proof.state) {
    case 'done':
      return proof.answer.verified === false ? 'warning' : 'check';
    case 'stopped':
      return 'stop';
    default:
      return 'close';
  }
}

/** Of what did not give the same nothing is said that could be taken for a proof. */
function headline(proof: Proof, words: Words): string {
  switch (proof.state) {
    case 'running':
      return words.__('Running the notebook for %1', proof.address);
    case 'failed':
      return words.__('No notebook was made for %1', proof.address);
    case 'stopped':
      return words.__('The notebook for %1 was stopped', proof.address);
    case 'done':
      if (proof.answer.verified === undefined) {
        return words.__('Exported %1', proof.address);
      }
      return proof.answer.verified
        ? words.__('Verified: run on its own, it gives the same')
        : proof.answer.proof?.first_difference?.startsWith('not confirmed')
          ? words.__('Saved, but it could not be confirmed')
          : words.__('Saved, but run on its own it does not give the same');
  }
}
