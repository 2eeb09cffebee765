export const KEEP_ALL = { tradesMs: 0, secondCandlesMs: 0, minuteCandlesMs: 0, coarseCandlesMs: 0 } as const
export const STORE = { durability: 'normal', maxFileBytes: 0, retention: KEEP_ALL } as const
