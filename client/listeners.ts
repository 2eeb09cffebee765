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
    forPresent(this.#entries, ({ listener }) => guarded(listener, ...args))
  }

  clear(): void {
    this.#entries.clear()
  }
}

/** Visits those who are members now, and still are when it is their turn: a visit may add some and take some away. */
export function forPresent<Member>(members: ReadonlySet<Member>, visit: (member: Member) => void): void {
  for (const member of [...members]) if (members.has(member)) visit(member)
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
