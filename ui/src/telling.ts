/** Times, durations, sizes and numbers as a person says them. */
import type { Num } from './answers';
import type { Words } from './words';

/** '14:32'; with seconds where two executions of one minute are told apart. */
export function clock(time: string, seconds = false): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime())
    ? time
    : date.toLocaleTimeString([], {
        hour: '2-digit',
        minute: '2-digit',
        second: seconds ? '2-digit' : undefined,
        hourCycle: 'h23'
      });
}

/** The day in the reader's zone, as a key that sorts. */
export function dayKey(time: string): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  return Number.isNaN(date.getTime())
    ? time.slice(0, 10)
    : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** 'Today', 'Yesterday', or the date with its weekday. */
export function dayName(time: string, now: Date, words: Words): string {
  const day = dayKey(time);
  if (day === dayKey(now.toISOString())) {
    return words.__('Today');
  }
  const before = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (day === dayKey(before.toISOString())) {
    return words.__('Yesterday');
  }
  const date = new Date(time);
  return Number.isNaN(date.getTime())
    ? day
    : date.toLocaleDateString([], {
        weekday: 'long',
        day: 'numeric',
        month: 'long',
        year: date.getFullYear() === now.getFullYear() ? undefined : 'numeric'
      });
}

/** Day and time in one. */
export function moment(time: string, now: Date, words: Words): string {
  return `${dayName(time, now, words)} ${clock(time, true)}`;
}

export function duration(seconds: number, words: Words): string {
  if (seconds < 0.0995) {
    return words.__('%1 ms', Math.max(1, Math.round(seconds * 1000)));
  }
  if (seconds < 9.95) {
    return words.__('%1 s', seconds.toFixed(1));
  }
  const whole = Math.round(seconds);
  if (whole < 60) {
    return words.__('%1 s', whole);
  }
  if (whole < 3600) {
    return words.__('%1 min %2 s', Math.floor(whole / 60), whole % 60);
  }
  const minutes = Math.round(whole / 60);
  return words.__('%1 h %2 min', Math.floor(minutes / 60), minutes % 60);
}

export function size(bytes: number): string {
  if (bytes < 1000) {
    return `${bytes} B`;
  }
  let value = bytes;
  for (const unit of ['kB', 'MB', 'GB']) {
    value /= 1000;
    if (value < 999.5 || unit === 'GB') {
      return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
    }
  }
  return '';
}

/** A metric in few digits; the full number belongs into the title. */
export function short(value: Num | null): string {
  if (value === null) {
    return '–';
  }
  if (typeof value === 'string' || Number.isInteger(value)) {
    return String(value);
  }
  return String(Number(value.toPrecision(4)));
}

export function count(value: number): string {
  return value.toLocaleString();
}

/** The last part of a path, and what stands before it. */
export function basename(path: string): string {
  return path.slice(
    Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1
  );
}
