/** What stands there while there is nothing else to show: a sentence, and what can be done. */
import type { ReactNode } from 'react';

import { Button } from './Button';
import type { IconName } from './Icon';
import { Icon } from './Icon';
import { useWords } from './words';

interface StateProps {
  icon?: IconName;
  title: string;
  children?: ReactNode;
  action?: { label: string; run: () => void };
}

export function Empty({
  icon,
  title,
  children,
  action
}: StateProps): JSX.Element {
  return (
    <div className="lj-state" role="status">
      {icon && <Icon name={icon} className="lj-state-icon" />}
      <p className="lj-state-title">{title}</p>
      {children !== undefined && <p className="lj-state-text">{children}</p>}
      {action && (
        <Button label={action.label} onClick={action.run}>
          {action.label}
        </Button>
      )}
    </div>
  );
}

export function Failed({
  message,
  retry
}: {
  message: string;
  retry: () => void;
}): JSX.Element {
  const words = useWords();
  return (
    <div className="lj-state" role="alert">
      <Icon name="warning" className="lj-state-icon" />
      <p className="lj-state-title">{words.__('That did not work')}</p>
      <p className="lj-state-text">{message}</p>
      <Button label={words.__('Try again')} onClick={retry}>
        {words.__('Try again')}
      </Button>
    </div>
  );
}

export function Missing({ retry }: { retry: () => void }): JSX.Element {
  const words = useWords();
  return (
    <Empty
      icon="warning"
      title={words.__('The server does not know the journal')}
      action={{ label: words.__('Try again'), run: retry }}
    >
      {words.__(
        'Install labjournal in the environment that Jupyter is started from, then start Jupyter again. What kernels recorded is not lost.'
      )}
    </Empty>
  );
}

/** Grey lines in place of what is on its way; said once to those who listen. */
export function Loading({ lines = 4 }: { lines?: number }): JSX.Element {
  const words = useWords();
  return (
    <div className="lj-loading" role="status" aria-label={words.__('Loading')}>
      {Array.from({ length: lines }, (_, index) => (
        <span
          key={index}
          className="lj-skeleton"
          style={{ width: `${88 - ((index * 23) % 50)}%` }}
        />
      ))}
    </div>
  );
}
