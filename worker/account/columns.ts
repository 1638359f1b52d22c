// Amounts pass through SQLite as text: as numbers they would come back as doubles.

/** An amount as it is bound, to be wrapped in CAST(? AS INTEGER). */
export const text = (amount: bigint | null): string | null => (amount === null ? null : String(amount))

/** An amount as it was read by CAST(x AS TEXT). */
export const amountOf = (value: string | null): bigint | null => (value === null ? null : BigInt(value))
