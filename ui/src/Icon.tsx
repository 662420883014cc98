/** Line icons of 16 × 16 in the colour of the text around them. */

const PATHS = {
  back: 'M10 3 5 8l5 5',
  cell: 'M2.5 3.5h11v9h-11zM5 6.2 7 8l-2 1.8M8.5 10h2.5',
  chart: 'M2.5 2.5v11h11M5 10.5l2.5-3.5 2.5 2 3.5-5',
  check: 'm3 8.5 3.2 3L13 4.5',
  chevron: 'm6 4 4 4-4 4',
  close: 'm4 4 8 8m0-8-8 8',
  columns: 'M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10',
  compare: 'M5.5 3 2.5 6l3 3M2.5 6h8M10.5 7l3 3-3 3M13.5 10h-8',
  copy: 'M6 5.5h6.5v8H6zM3.5 10.5v-8H10',
  down: 'm4 6 4 4 4-4',
  export: 'M8 2.5v7m-2.8-2.6L8 9.7l2.8-2.8M3 11v2.5h10V11',
  file: 'M4 2.5h5l3 3v8H4zM9 2.5v3h3',
  filter: 'M2.5 3.5h11L9.5 8.2v4.3l-3 1V8.2z',
  fit: 'M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3',
  ghost: 'M3 8h10',
  goto: 'M8 2v2.5M8 11.5V14M2 8h2.5M11.5 8H14M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6',
  graph:
    'M2.5 6.2h3.6v3.6H2.5zM10 2.6h3.5v3.5H10zM10 9.9h3.5v3.5H10zM6.1 8h1.8V4.4H10M7.9 8v3.6H10',
  insert: 'M2.5 3.5h11M2.5 12.5h11M8 5.8v4.4M5.8 8h4.4',
  list: 'M5.5 4.5h8M5.5 8h8M5.5 11.5h8M2.6 4.5h.01M2.6 8h.01M2.6 11.5h.01',
  menu: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  metric: 'M2.5 13.5h11M4.5 11V8M8 11V3.5M11.5 11V6',
  notebook:
    'M4.5 2.5h8v11h-8zM2.8 5h3.4M2.8 8h3.4M2.8 11h3.4M8 5.5h2.5M8 8h2.5',
  note: 'm9.7 3.6 2.7 2.7-6.6 6.6-3.2.5.5-3.2zM8.4 4.9l2.7 2.7',
  origin:
    'M13.5 4.5h-4a3 3 0 0 0-3 3v.5H2.5m2.6-2.6L2.5 8l2.6 2.6M6.5 8v.5a3 3 0 0 0 3 3h4',
  pause: 'M5.5 3.5v9m5-9v9',
  pin: 'M6 2.5h4l-.5 4 2.5 2.7H4l2.5-2.7zM8 9.2v4.6',
  play: 'M5 3.5v9l7-4.5z',
  plus: 'M8 3.5v9M3.5 8h9',
  recipe:
    'M4 5.6v4.8M5.4 4.6 10.6 7M5.4 11.4 10.6 9M4 2.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3M4 10.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3M12 6.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3',
  remote:
    'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M2.5 8h11M8 2.5c-3.2 3-3.2 8 0 11 3.2-3 3.2-8 0-11',
  replay: 'M3.3 6.2A5 5 0 1 1 3 8.9M3 3v3.4h3.4',
  search: 'M7 2.8a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4M10.2 10.2l3.3 3.3',
  star: 'm8 2.3 1.75 3.6 3.95.55-2.87 2.77.7 3.93L8 11.28l-3.53 1.87.7-3.93L2.3 6.45l3.95-.55z',
  stop: 'M4.5 4.5h7v7h-7z',
  table: 'M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 6.5v6',
  tag: 'M2.5 2.5h5l6 6-5 5-6-6zM5.4 5.4h.01',
  up: 'm4 10 4-4 4 4',
  used: 'M2.5 4.5h4a3 3 0 0 1 3 3v.5h4m-2.6-2.6L13.5 8l-2.6 2.6M9.5 8v.5a3 3 0 0 1-3 3h-4',
  versions: 'M8 4.5V8l2.3 1.5M8 2.5a5.5 5.5 0 1 1-5.3 4M2.5 3v3.4h3.3',
  wide: 'M9.5 2.5h4v4M13.5 2.5 9 7M6.5 13.5h-4v-4M2.5 13.5 7 9',
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
