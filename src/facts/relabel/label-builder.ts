/** A label set that rules change: the one it was made from stays as it is, and is copied at the first change only. */

export type Labels = ReadonlyMap<string, string>

const NONE: string[] = []

export class LabelBuilder {
  #labels: Labels
  #own: Map<string, string> | null = null
  /** Names that rules asked for and that were not there; a series may have a label of that name all the same. */
  readonly missed = new Set<string>()

  constructor(labels: Labels) {
    this.#labels = labels
  }

  /** '' when there is none: to Prometheus that is the same. */
  get(name: string): string {
    const value = this.#labels.get(name)
    if (value === undefined) this.missed.add(name)
    return value ?? ''
  }

  /** An empty value takes the label away. */
  set(name: string, value: string): void {
    if (this.#labels.get(name) === (value === '' ? undefined : value)) return
    if (this.#own === null) {
      this.#own = new Map(this.#labels)
      this.#labels = this.#own
    }
    if (value === '') this.#own.delete(name)
    else this.#own.set(name, value)
  }

  /** As they are now: changes do not show in it. */
  namesWhere(wanted: (name: string) => boolean): string[] {
    let names: string[] = NONE
    for (const name of this.#labels.keys()) {
      if (!wanted(name)) continue
      if (names === NONE) names = [name]
      else names.push(name)
    }
    return names
  }

  labels(): Labels {
    return this.#labels
  }
}
