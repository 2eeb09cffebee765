/** Takes back a registration. */
export type Off = () => void

/** Those who want to be told of one kind of event; one that throws keeps no other from being told. */
export class Listeners<Args extends readonly unknown[]> {
  readonly #entries = new Set<{ readonly listener: (...args: Args) => void }>()

  add(listener: (...args: Args) => void): Off {
    const entry = { listener }
    this.#entries.add(entry)
    return () => void this.#entries.delete(entry)
  }

  tell(...args: Args): void {
    if (this.#entries.size === 0) return
    for (const { listener } of [...this.#entries]) guarded(listener, ...args)
  }

  clear(): void {
    this.#entries.clear()
  }
}

/** Calls what the caller gave; its error is reported as any uncaught one, once the SDK has done its own work. */
export function guarded<Args extends readonly unknown[]>(callback: (...args: Args) => void, ...args: Args): void {
  try {
    callback(...args)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
