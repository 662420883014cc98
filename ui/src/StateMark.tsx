/** The state of an execution as a small mark with a name. */
import { Icon } from './Icon';
import type { IconName } from './Icon';
import type { Words } from './words';
import { useWords } from './words';

const ICONS: Record<string, IconName> = {
  ok: 'check',
  failed: 'close',
  interrupted: 'stop',
  abandoned: 'ghost'
};

export function stateName(status: string, words: Words): string {
  switch (status) {
    case 'ok':
      return words.__('done');
    case 'running':
      return words.__('running');
    case 'failed':
      return words.__('failed');
    case 'interrupted':
      return words.__('interrupted');
    case 'abandoned':
      return words.__('abandoned: the kernel died');
    default:
      return status;
  }
}

export function StateMark({ status }: { status: string }): JSX.Element {
  const words = useWords();
  const icon = ICONS[status];
  return (
    <span
      className="lj-state-mark"
      data-status={status}
      role="img"
      aria-label={stateName(status, words)}
      title={stateName(status, words)}
    >
      {status === 'running' ? (
        <span className="lj-spinner" />
      ) : (
        icon && <Icon name={icon} />
      )}
    </span>
  );
}
