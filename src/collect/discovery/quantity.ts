/** Kubernetes quantities: sizes of memory and volumes, shares of CPUs. Pure. */

const SUFFIXES: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** A Kubernetes quantity (`1536Mi`, `300m`, `1e9`) in base units; null when absent or unreadable. */
export function quantity(text: string | number | undefined): number | null {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([a-zA-Z]{0,2})$/.exec(String(text ?? ''))
  const factor = SUFFIXES[match?.[2] ?? '']
  return match === null || factor === undefined ? null : Number(match[1]) * factor
}
