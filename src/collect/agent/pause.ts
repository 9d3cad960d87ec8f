/** Resolves at a time of Date.now(), or as soon as the signal aborts. */
export function pauseUntil(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, Math.max(0, milliseconds - Date.now()))
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, {once: true})
  })
}
