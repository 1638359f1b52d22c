// Every time is shown in UTC and says so: a market has one clock, and server and browser then print the same.
const clock = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
const minute = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: '2-digit', month: 'short' })
const dayAndYear = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: '2-digit',
  month: 'short',
  year: 'numeric',
})

export const clockTime = (at: number | string): string => clock.format(new Date(at))
export const shortTime = (at: number | string): string =>
  `${day.format(new Date(at))}, ${minute.format(new Date(at))}`
export const exactTime = (at: number | string): string =>
  `${day.format(new Date(at))}, ${clock.format(new Date(at))}`
export const date = (at: number | string): string => dayAndYear.format(new Date(at))

/** "340 ms", "2.4 s", "3 min 20 s": how long something took. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.max(0, Math.round(milliseconds))} ms`
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1_000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** "3 days", "5 hours": how old something is, in its largest unit. */
export function age(from: number | string, now: number): string {
  const minutes = Math.max(0, Math.floor((now - new Date(from).getTime()) / 60_000))
  const [count, unit] =
    minutes < 60
      ? [minutes, 'minute']
      : minutes < 1_440
        ? [Math.floor(minutes / 60), 'hour']
        : [Math.floor(minutes / 1_440), 'day']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
