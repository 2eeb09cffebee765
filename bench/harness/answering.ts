/** How does a process of the bench do what it is asked? One message with an id in, one with the same id out. */

/** What a process can be asked for: by name, with one parameter at most. */
export type Handlers = Readonly<Record<string, (parameter: never) => unknown>>

export interface Question {
  readonly id: number
  readonly name: string
  readonly parameter: unknown
}

export type Reply = { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: string }

/** Answers what the parent process asks for, and ends when the parent does. */
export function answer(handlers: Handlers): void {
  process.on('message', (question: Question) => {
    void reply(handlers, question)
  })
  process.on('disconnect', () => process.exit())
}

async function reply(handlers: Handlers, { id, name, parameter }: Question): Promise<void> {
  try {
    const handler = handlers[name]
    if (handler === undefined) throw new Error(`expected one of ${Object.keys(handlers).join(', ')}; found ${name}`)
    send({ id, result: await handler(parameter as never) })
  } catch (error) {
    send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
}

function send(message: Reply): void {
  // The parent may be gone: then there is nobody to tell.
  if (process.connected) process.send?.(message)
}
