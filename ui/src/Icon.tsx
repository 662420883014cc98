/** Line icons of 16 × 16 in the colour of the text around them. */

const PATHS = {
  back: 'M10 3 5 8l5 5',
  check: 'm3 8.5 3.2 3L13 4.5',
  chevron: 'm6 4 4 4-4 4',
  close: 'm4 4 8 8m0-8-8 8',
  copy: 'M6 5.5h6.5v8H6zM3.5 10.5v-8H10',
  down: 'm4 6 4 4 4-4',
  export: 'M8 2.5v7m-2.8-2.6L8 9.7l2.8-2.8M3 11v2.5h10V11',
  file: 'M4 2.5h5l3 3v8H4zM9 2.5v3h3',
  ghost: 'M3 8h10',
  goto: 'M8 2v2.5M8 11.5V14M2 8h2.5M11.5 8H14M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6',
  insert: 'M2.5 3.5h11M2.5 12.5h11M8 5.8v4.4M5.8 8h4.4',
  menu: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  note: 'm9.7 3.6 2.7 2.7-6.6 6.6-3.2.5.5-3.2zM8.4 4.9l2.7 2.7',
  pause: 'M5.5 3.5v9m5-9v9',
  play: 'M5 3.5v9l7-4.5z',
  replay: 'M3.3 6.2A5 5 0 1 1 3 8.9M3 3v3.4h3.4',
  search: 'M7 2.8a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4M10.2 10.2l3.3 3.3',
  stop: 'M4.5 4.5h7v7h-7z',
  tag: 'M2.5 2.5h5l6 6-5 5-6-6zM5.4 5.4h.01',
  up: 'm4 10 4-4 4 4',
  versions: 'M8 4.5V8l2.3 1.5M8 2.5a5.5 5.5 0 1 1-5.3 4M2.5 3v3.4h3.3',
  warning: 'M8 2.5 14 13H2zM8 6.5v3M8 11.3h.01'
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({
  name,
  className
}: {
  name: IconName;
  className?: string;
}): JSX.Element {
  return (
    <svg
      className={className === undefined ? 'lj-icon' : `lj-icon ${className}`}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} strokeWidth={name === 'menu' ? 2.2 : undefined} />
    </svg>
  );
}
