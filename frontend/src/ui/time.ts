/** Moments as people say them, in the language of the browser. */
const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });
const dayOfYear = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
});
const dayOfAnyYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

export function timeOfDay(at: string): string {
  return clock.format(new Date(at));
}

export function fullTime(at: string): string {
  return full.format(new Date(at));
}

export function sameDay(a: string, b: string): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

export function dayName(at: string, now: Date = new Date()): string {
  const day = new Date(at);
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (day.toDateString() === now.toDateString()) return 'Today';
  if (day.toDateString() === yesterday.toDateString()) return 'Yesterday';
  return (day.getFullYear() === now.getFullYear() ? dayOfYear : dayOfAnyYear).format(day);
}

/** The time today, the day otherwise. */
export function shortTime(at: string, now: Date = new Date()): string {
  return sameDay(at, now.toISOString()) ? timeOfDay(at) : dayName(at, now);
}
