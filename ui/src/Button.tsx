/** Buttons: an icon with a label that is read out, or with words beside it. */
import type { MouseEvent, ReactNode } from 'react';

import type { IconName } from './Icon';
import { Icon } from './Icon';

interface ButtonProps {
  icon?: IconName;
  /** What the button does, in words; shown as a tooltip where only the icon is visible. */
  label: string;
  /** Words beside the icon. */
  children?: ReactNode;
  onClick: (event: MouseEvent<HTMLButtonElement>) => void;
  primary?: boolean;
  disabled?: boolean;
  /** What it does is under way: clicks are passed over, and the focus stays. */
  busy?: boolean;
  pressed?: boolean;
  /** Reached by another key than Tab. */
  outOfTabOrder?: boolean;
  hasMenu?: boolean;
}

export function Button(props: ButtonProps): JSX.Element {
  const { icon, label, children, onClick } = props;
  return (
    <button
      type="button"
      className={`lj-button${children === undefined ? ' lj-mod-icon' : ''}${props.primary ? ' lj-mod-primary' : ''}`}
      aria-label={children === undefined ? label : undefined}
      title={label}
      aria-pressed={props.pressed}
      aria-haspopup={props.hasMenu ? 'menu' : undefined}
      disabled={props.disabled}
      aria-disabled={props.busy || undefined}
      tabIndex={props.outOfTabOrder ? -1 : undefined}
      onClick={event => {
        event.stopPropagation();
        if (!props.busy) {
          onClick(event);
        }
      }}
    >
      {icon && <Icon name={icon} />}
      {children !== undefined && <span>{children}</span>}
    </button>
  );
}
